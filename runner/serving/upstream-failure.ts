/** Why a request for a model got no answer, as data: each face renders it in its own API's words. */
import type { IncomingHttpHeaders } from 'node:http';
import type { ReachReason } from './reach-reason.ts';

/**
 * `unreachable`: no connection, or it was closed before a response. `cut`: it broke during the answer. `timeout`: silent for too long.
 * `loading`: the model is still being loaded. `unauthorized`: the server refused the key that is stored for it. `refused`: a 4xx in the
 * server's own words. `server_error`: a 5xx. `bad_answer`: no OpenAI API answers there. `gateway_error`: another gateway's own failure.
 * `no_upstream`: no server can be asked now. `queue_full`: too many requests wait already. The rest: the model is not known, or was not
 * loaded for the request.
 */
export type FailureCode =
  | 'unreachable'
  | 'cut'
  | 'timeout'
  | 'loading'
  | 'unauthorized'
  | 'refused'
  | 'server_error'
  | 'bad_answer'
  | 'gateway_error'
  | 'no_upstream'
  | 'model_not_found'
  | 'queue_full'
  | 'load_failed'
  | 'load_timeout'
  | 'no_memory'
  | 'shutting_down';

export interface ResponseHead {
  status: number;
  headers: Readonly<IncomingHttpHeaders>;
}

export interface UpstreamFailureFields {
  code: FailureCode;
  /** For people, in the runner's own words. */
  message: string;
  /** Another server may be asked: nothing has been answered yet. */
  canRetry?: boolean;
  /** When another try may do better; null: not known. */
  retryAfterMs?: number | null;
  /** The server's response, which a face may pass on as it is; null: there is none, or not all of it. */
  original?: { head: ResponseHead; body: Buffer } | null;
  endpointId?: string | null;
  /** The name that was asked for. */
  model?: string | null;
  /** Of the server's response. */
  status?: number | null;
  /** What the server said in an OpenAI error: its message and its code. */
  said?: string | null;
  saidCode?: string | null;
  /** The beginning of the response's body; its API key is masked. */
  text?: string;
  /** Of `unreachable`. */
  reason?: ReachReason | null;
  /** Of `timeout`: how long the server was silent. */
  timeoutMs?: number | null;
  /** Of `model_not_found`: known names that look like it, best first. */
  near?: readonly string[];
  /** Of `gateway_error`: what it says about another try. */
  retryHeaders?: Readonly<Record<string, string>>;
  cause?: unknown;
}

export class UpstreamFailure extends Error {
  readonly code: FailureCode;
  readonly canRetry: boolean;
  readonly retryAfterMs: number | null;
  readonly original: { head: ResponseHead; body: Buffer } | null;
  readonly endpointId: string | null;
  readonly model: string | null;
  readonly status: number | null;
  readonly said: string | null;
  readonly saidCode: string | null;
  readonly text: string;
  readonly reason: ReachReason | null;
  readonly timeoutMs: number | null;
  readonly near: readonly string[];
  readonly retryHeaders: Readonly<Record<string, string>>;

  constructor(fields: UpstreamFailureFields) {
    super(fields.message, { cause: fields.cause });
    this.name = 'UpstreamFailure';
    this.code = fields.code;
    this.canRetry = fields.canRetry ?? false;
    this.retryAfterMs = fields.retryAfterMs ?? null;
    this.original = fields.original ?? null;
    this.endpointId = fields.endpointId ?? null;
    this.model = fields.model ?? null;
    this.status = fields.status ?? null;
    this.said = fields.said ?? null;
    this.saidCode = fields.saidCode ?? null;
    this.text = fields.text ?? '';
    this.reason = fields.reason ?? null;
    this.timeoutMs = fields.timeoutMs ?? null;
    this.near = fields.near ?? [];
    this.retryHeaders = fields.retryHeaders ?? {};
  }
}
