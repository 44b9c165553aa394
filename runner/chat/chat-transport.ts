/** What an answer comes through: the one interface that HTTP implements now, and a broker later. */
import type { Usage } from '#contract/session';

/** Where to ask, and with which key. `baseUrl` without `/v1`. */
export interface Upstream {
  baseUrl: string;
  apiKey: string | null;
}

/** A piece of an answer as the server sends it. */
export type Delta =
  | { kind: 'content'; text: string }
  | { kind: 'reasoning'; text: string }
  | { kind: 'tool-calls'; calls: unknown[] }
  | { kind: 'prompt-progress'; processed: number; total: number }
  | { kind: 'model'; model: string }
  | { kind: 'finish'; reason: string }
  | { kind: 'usage'; usage: Usage }
  | { kind: 'timings'; timings: unknown };

export interface ChatCall {
  upstream: Upstream;
  /** The body of `/v1/chat/completions`. */
  body: Record<string, unknown>;
  /** The longest silence between two pieces, before the first one too. */
  timeoutMs: number;
  signal: AbortSignal;
}

export interface ChatTransport {
  /**
   * The pieces of one answer. Ends when the server has finished; throws AppError (UPSTREAM_…, ENDPOINT_…, CONTEXT_EXCEEDED,
   * IMAGE_NOT_SUPPORTED) when it did not, and the signal's reason when that was aborted. Leaving the loop stops the generation.
   */
  stream: (call: ChatCall) => AsyncIterable<readonly Delta[]>;
  /** The tokens of each text as this server counts them; null where it does not tell. */
  countTokens: (
    upstream: Upstream,
    texts: readonly string[],
    signal: AbortSignal,
  ) => Promise<number[] | null>;
  close: () => Promise<void>;
}
