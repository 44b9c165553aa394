/** What an upstream's failure means: whether its words pass to the client, whether another may be asked, and whether it counts against it. Pure. */
import { GATEWAY_HEADER, GATEWAY_ID_HEADER, GATEWAY_NAME } from '#contract/gateway-headers';
import { systemCodeOf, messageOf } from '../../base/errors.ts';
import type { AnswerHead } from '../../gateway/openai/client-answer.ts';
import {
  GatewayError,
  modelLoading,
  upstreamCut,
  upstreamError,
  upstreamTimeout,
  upstreamUnauthorized,
} from '../../gateway/openai/openai-error.ts';

export interface Failure {
  kind: 'failed';
  error: GatewayError;
  /** The upstream's own words, which pass as they are; null: `error` is told. */
  original: { head: AnswerHead; body: Buffer } | null;
  canRetry: boolean;
  /** Counts for the circuit breaker. */
  isFault: boolean;
  /** Nothing came for so long as it was given: it hangs, or works at a long answer that is not streamed. */
  isSilent: boolean;
  /** The endpoint should be checked at once. */
  wantsCheck: boolean;
  /** It wants to be left in peace for so long; null: it does not. */
  restMs: number | null;
  /** Another gateway, which sent the request round: which one it is; null: none, or it does not say. */
  loopsAt: string | null;
  /** The server had closed an idle connection just when it was used again: it has not seen the request. */
  isStale: boolean;
}

export interface FailedAnswer {
  endpointId: string;
  model: string;
  head: AnswerHead;
  body: Buffer;
  isWhole: boolean;
}

const NO_FAILURE = {
  kind: 'failed',
  original: null,
  canRetry: false,
  isFault: false,
  isSilent: false,
  wantsCheck: false,
  restMs: null,
  loopsAt: null,
  isStale: false,
} as const;
const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** A wrong key, and too many requests: another server of the model may have none of that. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);
/** Where another gateway cannot serve a model now, or this key, a server of the same model may. */
const RETRIED_OF_GATEWAYS: ReadonlySet<number> = new Set([401, 403, 404, 429, 502, 503, 508]);
/** llama-server and llama_cpp.server answer 500 to some faults of the client; three of those must not shut others out. */
const CLIENT_FAULT = /not supported|parse|mmproj|requires|required|must be|invalid|exceeds? the/i;
/** Of a 403: what was written was refused, not who asked. */
const CONTENT_REFUSED = /filter|moderation|flagged|policy|safety/i;
/** Another gateway that sent the request round, and does not say which one it is. */
const LOOP_REST_MS = 10_000;
/** Where a 429 does not say how long. */
const REST_MS = 2_000;
const LONGEST_REST_MS = 60_000;

/** Whether an answer must be looked at as a whole before anything of it passes. */
export function isSuspect(head: AnswerHead): boolean {
  const { status, headers } = head;
  if (isOfGateway(head) && RETRIED_OF_GATEWAYS.has(status)) return true;
  return status >= 500 || REFUSALS.has(status) || (status >= 300 && status < 400) || isPage(headers);
}

export function judgeAnswer(answer: FailedAnswer): Failure {
  const { status } = answer.head;
  const text = answer.body.toString('utf8');
  if (isOfGateway(answer.head)) return judgeGateway(answer, text);
  if (status === 401) return keyRefused(answer.endpointId);
  if (status === 503 && /loading/i.test(text)) {
    return { ...NO_FAILURE, error: modelLoading(answer.model), canRetry: true, wantsCheck: true };
  }
  const said = messageIn(text);
  if (status < 400 || (status < 500 && said === null && isPage(answer.head.headers)))
    return judgePage(answer);
  if (status < 500) return judgeRefusal(answer, text);
  const error = upstreamError(
    `The model server failed (${status}): ${said ?? (text.slice(0, 300) || 'it did not say why')}`,
  );
  return {
    ...NO_FAILURE,
    error,
    original:
      said !== null && answer.isWhole ? { head: withRetryHint(answer.head), body: answer.body } : null,
    canRetry: RETRIED_STATUSES.has(status),
    isFault: status !== 501 && !(status === 500 && said !== null && CLIENT_FAULT.test(said)),
  };
}

/** The key that this gateway has there is wrong, and stays so until somebody sets the right one. */
function keyRefused(endpointId: string): Failure {
  return {
    ...NO_FAILURE,
    error: upstreamUnauthorized(endpointId),
    canRetry: true,
    isFault: true,
    wantsCheck: true,
  };
}

/** A 404 may be a route that only this server does not have. */
function judgePage({ endpointId, head }: FailedAnswer): Failure {
  const { status } = head;
  const what = status < 400 && status >= 300 ? 'with a redirect' : 'with a web page';
  const message = `The server "${endpointId}" answered ${what}, not with the OpenAI API. Check the base URL of the endpoint.`;
  const isFault = status < 400 || status === 403;
  const error = upstreamError(message, { canRetry: false });
  return { ...NO_FAILURE, error, canRetry: true, isFault, wantsCheck: isFault, restMs: restOf(head) };
}

/** Status 4xx. Of those beside 403 and 429 only what does not fit comes here: beneath the comments of a stream that waited. */
function judgeRefusal({ head, body, isWhole }: FailedAnswer, text: string): Failure {
  const { status } = head;
  const message =
    messageIn(text) ??
    (text.slice(0, 300) || `The model server refused the request (${status}) and did not say why.`);
  const error = new GatewayError({ status, code: codeIn(text) ?? 'upstream_refused', message });
  const isFault = status === 403 && !CONTENT_REFUSED.test(text);
  const shown = { error, original: isWhole ? { head, body } : null };
  return {
    ...NO_FAILURE,
    ...shown,
    canRetry: isFault || status === 429,
    isFault,
    wantsCheck: isFault,
    restMs: restOf(head),
  };
}

/** By its Retry-After, in either of its forms. */
function restOf({ status, headers }: AnswerHead): number | null {
  if (status !== 429) return null;
  const after = String(headers['retry-after'] ?? '');
  const waits = [Number(headers['retry-after-ms']), Number(after) * 1000, Date.parse(after) - Date.now()];
  return Math.min(waits.find((ms) => ms > 0) ?? REST_MS, LONGEST_REST_MS);
}

/** It came to no request; another model may have room. */
export function noTurn(error: GatewayError): Failure {
  return { ...NO_FAILURE, error, canRetry: true };
}

/** An answer that does not fit what the client was sent while it waited: comments of an event stream. */
export function notAStream(endpointId: string): Failure {
  return {
    ...NO_FAILURE,
    error: upstreamError(`The server "${endpointId}" did not answer with a stream, as was asked.`, {
      canRetry: false,
    }),
  };
}

/** Another gateway that answers is alive, and watches its servers itself: nothing that it says of them counts against it, but a wrong key. */
function judgeGateway({ endpointId, head, body, isWhole }: FailedAnswer, text: string): Failure {
  const { status, headers } = head;
  const canRetry = RETRIED_OF_GATEWAYS.has(status);
  const code = codeIn(text) ?? 'upstream_error';
  if (status === 401) return keyRefused(endpointId);
  // Our key there opens too little.
  if (code.endsWith('_not_allowed'))
    return { ...NO_FAILURE, error: upstreamUnauthorized(endpointId), canRetry };
  const said = messageIn(text);
  const hints = Object.entries(headers).flatMap(([name, value]) =>
    /^(retry-after|x-should-retry)/.test(name) ? [[name, String(value)]] : [],
  );
  const error = new GatewayError({
    status,
    code,
    headers: Object.fromEntries(hints) as Record<string, string>,
    message: said ?? `The gateway "${endpointId}" failed (${status}) and did not say why.`,
  });
  const loopsAt = status === 508 ? (headers[GATEWAY_ID_HEADER]?.toString() ?? null) : null;
  const restMs = status === 508 && loopsAt === null ? LOOP_REST_MS : restOf(head);
  return {
    ...NO_FAILURE,
    error,
    original: said !== null && isWhole ? { head, body } : null,
    canRetry,
    restMs,
    loopsAt,
  };
}

function isPage(headers: AnswerHead['headers']): boolean {
  return /html/i.test(String(headers['content-type'] ?? ''));
}

function isOfGateway({ headers }: AnswerHead): boolean {
  return headers[GATEWAY_HEADER] === GATEWAY_NAME;
}

/** `timeoutMs` is what it was given until its headers; `hasBegun`: something of its answer had passed to the client. */
export function judgeBreak(
  error: Error,
  { timeoutMs, hasBegun }: { timeoutMs: number; hasBegun: boolean },
): Failure {
  const code = systemCodeOf(error) ?? '';
  const fault = { ...NO_FAILURE, isFault: true };
  if (code === 'UND_ERR_HEADERS_TIMEOUT')
    return { ...NO_FAILURE, error: upstreamTimeout(timeoutMs), isSilent: true, wantsCheck: true };
  if (code === 'UND_ERR_BODY_TIMEOUT') return { ...fault, error: upstreamTimeout(timeoutMs) };
  if (hasBegun) return { ...fault, error: upstreamCut(error), wantsCheck: true };
  return {
    ...fault,
    error: upstreamError(`The model server cannot be asked: ${wordsOf(code, error)}.`, { cause: error }),
    canRetry: true,
    wantsCheck: true,
    isStale: code === 'UND_ERR_SOCKET' && bytesReadOf(error) > 0,
  };
}

function wordsOf(code: string, error: Error): string {
  if (code === 'ECONNREFUSED') return 'nobody listens at its address';
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return 'its host name is not known';
  if (
    code === 'UND_ERR_CONNECT_TIMEOUT' ||
    code === 'EHOSTUNREACH' ||
    code === 'ENETUNREACH' ||
    code === 'ETIMEDOUT'
  ) {
    return 'it cannot be reached over the network';
  }
  if (code.startsWith('HPE_')) return 'what it answered is not HTTP';
  return `it closed the connection before it answered (${messageOf(error)})`;
}

/** What had come over this connection, earlier answers included. */
function bytesReadOf(error: Error): number {
  const socket: unknown = 'socket' in error ? error.socket : null;
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket
    ? Number(socket.bytesRead)
    : 0;
}

/** The message of an OpenAI error; null: it is none. */
function messageIn(text: string): string | null {
  return fieldIn(text, 'message');
}

function codeIn(text: string): string | null {
  return fieldIn(text, 'code');
}

function fieldIn(text: string, name: 'message' | 'code'): string | null {
  try {
    const body = JSON.parse(text) as { error?: { message?: unknown; code?: unknown } } | null;
    const value = body?.error?.[name];
    return typeof value === 'string' ? value : null;
  } catch {
    return null;
  }
}

/** 501: the server was not started for this; it will not be a second later. */
function withRetryHint(head: AnswerHead): AnswerHead {
  return head.status === 501 ? { ...head, headers: { ...head.headers, 'x-should-retry': 'false' } } : head;
}
