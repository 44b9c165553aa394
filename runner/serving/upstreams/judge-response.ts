/** What an upstream's failure means: which failure it is, whether another server may be asked, and whether it counts against this one. Pure. */
import { GATEWAY_HEADER, GATEWAY_ID_HEADER, GATEWAY_NAME } from '#contract/gateway-headers';
import { messageOf, systemCodeOf } from '../../base/errors.ts';
import { reachReasonOf } from '../reach-reason.ts';
import type { ReachReason } from '../reach-reason.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import type { ResponseHead, UpstreamFailureFields } from '../upstream-failure.ts';

/** A failed call, and what follows from it for the upstream. */
export interface FailedCall {
  kind: 'failed';
  failure: UpstreamFailure;
  /** Counts for the circuit breaker. */
  isFault: boolean;
  /** Nothing came within the time it was given: it hangs, or works on a long response that is not streamed. */
  isSilent: boolean;
  /** The endpoint should be checked at once. */
  wantsCheck: boolean;
  /** How long it asks to be left alone; null: it does not. */
  cooldownMs: number | null;
  /** The gateway that saw the request before; null: none, or it does not say. */
  loopsAt: string | null;
  /** The server had closed an idle connection just when it was used again: it has not seen the request. */
  isStale: boolean;
}

export interface FailedResponse {
  endpointId: string;
  model: string;
  /** Masked wherever the server repeats it. */
  apiKey: string | null;
  head: ResponseHead;
  body: Buffer;
  isWhole: boolean;
}

const HARMLESS = {
  kind: 'failed',
  isFault: false,
  isSilent: false,
  wantsCheck: false,
  cooldownMs: null,
  loopsAt: null,
  isStale: false,
} as const;
const RETRIED_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
/** A wrong key, and too many requests: another server of the model may have neither. */
const REFUSALS: ReadonlySet<number> = new Set([401, 403, 429]);
/** Where another gateway cannot serve a model now, or refuses this key, a server of the same model may answer. */
const RETRIED_OF_GATEWAYS: ReadonlySet<number> = new Set([401, 403, 404, 429, 502, 503, 508]);
/** llama-server and llama_cpp.server answer 500 to some faults of the client; three of those must not shut others out. */
const CLIENT_FAULT = /not supported|parse|mmproj|requires|required|must be|invalid|exceeds? the/i;
/** Of a 403: the content was refused, not the caller. */
const CONTENT_REFUSED = /filter|moderation|flagged|policy|safety/i;
/** Another gateway saw the request before, and does not say which one it is. */
const LOOP_COOLDOWN_MS = 10_000;
/** Where a 429 does not say how long. */
const COOLDOWN_MS = 2_000;
const MAX_COOLDOWN_MS = 60_000;

/** Whether a response must be read as a whole before any of it passes. */
export function isSuspect(head: ResponseHead): boolean {
  const { status, headers } = head;
  if (isOfGateway(head) && RETRIED_OF_GATEWAYS.has(status)) return true;
  return status >= 500 || REFUSALS.has(status) || (status >= 300 && status < 400) || isPage(headers);
}

export function judgeResponse(response: FailedResponse): FailedCall {
  const { endpointId, model, head, apiKey } = response;
  const body = masked(response.body, apiKey);
  const text = body.toString('utf8');
  const said = messageIn(text);
  const facts = { endpointId, model, status: head.status, said, saidCode: codeIn(text), text };
  const judged = { ...response, body, head: body === response.body ? head : withoutLength(head) };
  if (head.status === 401) return keyRefused(facts);
  if (isOfGateway(head)) return judgeGateway(judged, facts);
  if (head.status === 503 && /loading/i.test(text)) return stillLoading(facts);
  const isForeignPage = head.status < 500 && said === null && isPage(head.headers);
  if (head.status < 400 || isForeignPage) return judgePage(judged, facts);
  return head.status < 500 ? judgeRefusal(judged, facts) : judgeServerError(judged, facts);
}

type Facts = Pick<UpstreamFailureFields, 'endpointId' | 'model' | 'saidCode'> & {
  status: number;
  said: string | null;
  text: string;
};

/** The stored key is wrong, and stays so until a person sets the right one. */
function keyRefused(facts: Facts): FailedCall {
  return { ...HARMLESS, failure: unauthorized(facts), isFault: true, wantsCheck: true };
}

function unauthorized(facts: Facts): UpstreamFailure {
  const message = `The server "${facts.endpointId}" refused the API key that is stored for it.`;
  return new UpstreamFailure({ ...facts, code: 'unauthorized', message, canRetry: true });
}

function stillLoading(facts: Facts): FailedCall {
  const message = `The model "${facts.model}" is still loading. Try again in a few seconds.`;
  const failure = new UpstreamFailure({ ...facts, code: 'loading', message, canRetry: true });
  return { ...HARMLESS, failure, wantsCheck: true };
}

/** A 404 may be a route that only this server does not have. */
function judgePage({ endpointId, head }: FailedResponse, facts: Facts): FailedCall {
  const { status } = head;
  const what = status < 400 && status >= 300 ? 'with a redirect' : 'with a web page';
  const message = `The server "${endpointId}" answered ${what}, not with the OpenAI API. Check the base URL of the endpoint.`;
  const isFault = status < 400 || status === 403;
  const failure = new UpstreamFailure({ ...facts, code: 'bad_answer', message, canRetry: true });
  return { ...HARMLESS, failure, isFault, wantsCheck: isFault, cooldownMs: cooldownOf(head) };
}

/** Status 4xx. Of those beside 403 and 429 only what does not fit comes here: beneath the comments of a stream that waited. */
function judgeRefusal({ head, body, isWhole }: FailedResponse, facts: Facts): FailedCall {
  const { status, said, text } = facts;
  const isFault = status === 403 && !CONTENT_REFUSED.test(text);
  const failure = new UpstreamFailure({
    ...facts,
    code: 'refused',
    message:
      said ?? (text.slice(0, 300) || `The model server refused the request (${status}) and did not say why.`),
    original: isWhole ? { head, body } : null,
    canRetry: isFault || status === 429,
  });
  return { ...HARMLESS, failure, isFault, wantsCheck: isFault, cooldownMs: cooldownOf(head) };
}

function judgeServerError({ head, body, isWhole }: FailedResponse, facts: Facts): FailedCall {
  const { status, said, text } = facts;
  const failure = new UpstreamFailure({
    ...facts,
    code: 'server_error',
    message: `The model server failed (${status}): ${said ?? (text.slice(0, 300) || 'it did not say why')}`,
    original: said !== null && isWhole ? { head, body } : null,
    canRetry: RETRIED_STATUSES.has(status),
  });
  const isClientFault = status === 500 && said !== null && CLIENT_FAULT.test(said);
  return { ...HARMLESS, failure, isFault: status !== 501 && !isClientFault };
}

/** By its Retry-After, in either of its forms. */
function cooldownOf({ status, headers }: ResponseHead): number | null {
  if (status !== 429) return null;
  const after = headers['retry-after'] ?? '';
  const waits = [Number(headers['retry-after-ms']), Number(after) * 1000, Date.parse(after) - Date.now()];
  return Math.min(waits.find((ms) => ms > 0) ?? COOLDOWN_MS, MAX_COOLDOWN_MS);
}

/** No server was asked; another model may have room. */
export function notAsked(failure: UpstreamFailure): FailedCall {
  return { ...HARMLESS, failure };
}

/** The client was sent the head of an event stream while it waited; no other response fits beneath it. */
export function notAStream(endpointId: string): FailedCall {
  const message = `The server "${endpointId}" did not answer with a stream, as was asked.`;
  return { ...HARMLESS, failure: new UpstreamFailure({ code: 'bad_answer', endpointId, message }) };
}

/** Another gateway that answers is alive and watches its servers itself: nothing that it says of them counts against it. */
function judgeGateway({ endpointId, head, body, isWhole }: FailedResponse, facts: Facts): FailedCall {
  const { status, headers } = head;
  const { said, saidCode } = facts;
  const canRetry = RETRIED_OF_GATEWAYS.has(status);
  // Our key there opens too little.
  if (saidCode?.endsWith('_not_allowed') === true) return { ...HARMLESS, failure: unauthorized(facts) };
  const hints = Object.entries(headers).flatMap(([name, value]) =>
    /^(retry-after|x-should-retry)/.test(name) ? [[name, String(value)]] : [],
  );
  const failure = new UpstreamFailure({
    ...facts,
    code: 'gateway_error',
    message: said ?? `The gateway "${endpointId}" failed (${status}) and did not say why.`,
    retryHeaders: Object.fromEntries(hints) as Record<string, string>,
    original: said !== null && isWhole ? { head, body } : null,
    canRetry,
  });
  const loopsAt = status === 508 ? (headers[GATEWAY_ID_HEADER]?.toString() ?? null) : null;
  const isUnknownLoop = status === 508 && loopsAt === null;
  return { ...HARMLESS, failure, cooldownMs: isUnknownLoop ? LOOP_COOLDOWN_MS : cooldownOf(head), loopsAt };
}

function isPage(headers: ResponseHead['headers']): boolean {
  return /html/i.test(headers['content-type'] ?? '');
}

function isOfGateway({ headers }: ResponseHead): boolean {
  return headers[GATEWAY_HEADER] === GATEWAY_NAME;
}

export interface BrokenCall {
  endpointId: string;
  model: string;
  /** What it was given until its head, and between two pieces after it. */
  timeoutMs: number;
  /** Some of the response had passed to the caller. */
  hasBegun: boolean;
}

/** The connection failed, or nothing came over it. */
export function judgeBreak(error: Error, { endpointId, model, timeoutMs, hasBegun }: BrokenCall): FailedCall {
  const code = systemCodeOf(error) ?? '';
  const facts = { endpointId, model, timeoutMs, cause: error };
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    const message = `The model server sent nothing for ${Math.round(timeoutMs / 100) / 10} s.`;
    const isSilent = code === 'UND_ERR_HEADERS_TIMEOUT';
    const failure = new UpstreamFailure({ ...facts, code: 'timeout', message });
    return { ...HARMLESS, failure, isFault: !isSilent, isSilent, wantsCheck: isSilent };
  }
  if (hasBegun) return { ...HARMLESS, failure: brokenOff(facts), isFault: true, wantsCheck: true };
  const reason = reachReasonOf(error);
  const failure = new UpstreamFailure({
    ...facts,
    code: 'unreachable',
    reason,
    message: `The model server cannot be asked: ${wordsOf(reason, error)}.`,
    canRetry: true,
  });
  const isStale = code === 'UND_ERR_SOCKET' && bytesReadOf(error) > 0;
  return { ...HARMLESS, failure, isFault: true, wantsCheck: true, isStale };
}

function brokenOff(facts: { endpointId: string; model: string; cause: unknown }): UpstreamFailure {
  const message = 'The connection to the model server broke in mid-answer. What came before is all there is.';
  return new UpstreamFailure({ ...facts, code: 'cut', message });
}

function wordsOf(reason: ReachReason, error: Error): string {
  switch (reason) {
    case 'refused':
      return 'nobody listens at its address';
    case 'unknown-host':
      return 'its host name is not known';
    case 'timeout':
    case 'no-route':
      return 'it cannot be reached over the network';
    case 'not-http':
      return 'what it answered is not HTTP';
    case 'tls':
    case 'certificate':
    case 'closed':
    case 'bad-header':
    case 'other':
      return `it closed the connection before it answered (${messageOf(error)})`;
  }
}

/** What had come over this connection, earlier responses included. */
function bytesReadOf(error: Error): number {
  const socket: unknown = 'socket' in error ? error.socket : null;
  return typeof socket === 'object' && socket !== null && 'bytesRead' in socket
    ? Number(socket.bytesRead)
    : 0;
}

/** Some servers repeat what they were sent. */
function masked(body: Buffer, apiKey: string | null): Buffer {
  if (apiKey === null || apiKey === '' || !body.includes(apiKey)) return body;
  return Buffer.from(body.toString('utf8').replaceAll(apiKey, '***'));
}

function withoutLength({ status, headers }: ResponseHead): ResponseHead {
  const { 'content-length': _length, ...rest } = headers;
  return { status, headers: rest };
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
