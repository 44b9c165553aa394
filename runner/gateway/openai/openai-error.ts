/** Errors as OpenAI clients read them: one class, the envelope `{error: {message, type, param, code}}`, and the faults of the gateway itself. */

export interface GatewayErrorFields {
  status: number;
  /** Machine-readable; clients switch on it. */
  code: string;
  message: string;
  /** Absent: by the status. */
  type?: string;
  param?: string | null;
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** openai-node and openai-python retry 408, 409, 429 and 5xx twice unless a header says no. */
const NO_RETRY = { 'x-should-retry': 'false' } as const;

export class GatewayError extends Error {
  readonly status: number;
  readonly code: string;
  readonly type: string;
  readonly param: string | null;
  readonly headers: Readonly<Record<string, string>>;

  constructor({ status, code, message, type, param, headers, cause }: GatewayErrorFields) {
    super(message, { cause });
    this.name = 'GatewayError';
    this.status = status;
    this.code = code;
    this.type = type ?? typeOf(status);
    this.param = param ?? null;
    this.headers = headers ?? {};
  }
}

export function errorBody({ message, type, param, code }: GatewayError): string {
  return JSON.stringify({ error: { message, type, param, code } });
}

export function invalidJson(why: string): GatewayError {
  return refusal({ status: 400, code: 'invalid_json', message: `The body is not JSON: ${why}.` });
}

export function invalidRequest(message: string, param: string | null = null): GatewayError {
  return refusal({ status: 400, code: 'invalid_request', message, param });
}

export function bodyTooLarge(limitBytes: number): GatewayError {
  const message = `The body is over ${Math.round(limitBytes / 1024 ** 2)} MB. Send less: smaller images, a shorter history.`;
  return refusal({ status: 413, code: 'request_too_large', message });
}

export function encodedBody(encoding: string): GatewayError {
  return refusal({
    status: 415,
    code: 'unsupported_encoding',
    message: `Send the body as it is, without Content-Encoding: ${encoding}.`,
  });
}

export function noRoute(method: string, path: string): GatewayError {
  const message = `There is nothing at ${method} ${path}. The base URL of a client ends with /v1.`;
  return refusal({ status: 404, code: 'unknown_url', message });
}

export function wrongMethod({
  method,
  path,
  allowed,
}: {
  method: string;
  path: string;
  allowed: string;
}): GatewayError {
  const message = `${path} does not take ${method}, but ${allowed}.`;
  return new GatewayError({
    status: 405,
    code: 'method_not_allowed',
    message,
    headers: { ...NO_RETRY, allow: allowed },
  });
}

/** `near` are names that look like it, best first. */
export function modelNotFound(model: string, near: readonly string[]): GatewayError {
  const hint =
    near.length > 0
      ? `Did you mean ${near.map((name) => `"${name}"`).join(' or ')}?`
      : 'GET /v1/models lists the known ones.';
  return refusal({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    message: `The model "${model}" does not exist here. ${hint}`,
  });
}

export function modelLoading(model: string): GatewayError {
  const message = `The model "${model}" is still loading. Try again in a few seconds.`;
  return new GatewayError({ status: 503, code: 'model_loading', message, headers: { 'retry-after': '2' } });
}

/** A model or its server that cannot be used now. */
export function unavailable(code: string, message: string, headers: Record<string, string>): GatewayError {
  return new GatewayError({ status: 503, code, message, headers });
}

/** Null: it is not known when another try may do better. */
export function retryAfter(retryAfterMs: number | null): Record<string, string> {
  return retryAfterMs === null ? {} : { 'retry-after': String(Math.max(1, Math.ceil(retryAfterMs / 1000))) };
}

export function upstreamError(
  message: string,
  options: { cause?: unknown; canRetry?: boolean } = {},
): GatewayError {
  const headers = options.canRetry === false ? NO_RETRY : {};
  return new GatewayError({ status: 502, code: 'upstream_error', message, headers, cause: options.cause });
}

/** The server refused the key that this gateway has for it: nothing that the client can mend. */
export function upstreamUnauthorized(endpointId: string): GatewayError {
  const message = `The server "${endpointId}" refused the API key that this gateway has for it. Its owner must set the right one in the endpoint.`;
  return new GatewayError({ status: 502, code: 'upstream_unauthorized', message, headers: NO_RETRY });
}

/** A second try would wait as long, and hold one more slot of a server that is too slow as it is. */
export function upstreamTimeout(timeoutMs: number): GatewayError {
  const seconds = Math.round(timeoutMs / 100) / 10;
  const message = `The model server sent nothing for ${seconds} s. Send less, or raise LLM_TIMEOUT of the gateway.`;
  return new GatewayError({ status: 504, code: 'upstream_timeout', message, headers: NO_RETRY });
}

export function requestCancelled(): GatewayError {
  const message = 'The request was cancelled on the page of the gateway.';
  return new GatewayError({ status: 503, code: 'request_cancelled', message, headers: NO_RETRY });
}

/** In the middle of an answer: the key is of no use any more. */
export function keyRevoked(): GatewayError {
  const message = 'The API key was revoked. Ask the owner of the gateway for another one.';
  return new GatewayError({ status: 401, code: 'key_revoked', message, headers: NO_RETRY });
}

export function shuttingDown(): GatewayError {
  return new GatewayError({
    status: 503,
    code: 'shutting_down',
    message: 'The gateway is being stopped.',
    headers: { 'retry-after': '5' },
  });
}

/** Nobody reads it; the account shows it. */
export function clientLeft(): GatewayError {
  return new GatewayError({
    status: 499,
    code: 'client_closed',
    message: 'The client left before it had its answer.',
  });
}

export function internalError(id: string, cause: unknown): GatewayError {
  const message = `Something went wrong inside the gateway. The runner's log has the details under ${id}.`;
  return new GatewayError({ status: 500, code: 'internal_error', message, headers: NO_RETRY, cause });
}

function refusal(fields: GatewayErrorFields): GatewayError {
  return new GatewayError({ ...fields, headers: NO_RETRY });
}

function typeOf(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 403) return 'permission_error';
  if (status === 429) return 'rate_limit_error';
  return status < 500 ? 'invalid_request_error' : 'server_error';
}
