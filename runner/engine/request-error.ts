/** The one error a handler throws to answer with llama-server's error shape; anything else becomes a 500. */

type ErrorType =
  | 'invalid_request_error'
  | 'authentication_error'
  | 'not_found_error'
  | 'exceed_context_size_error'
  | 'unavailable_error'
  | 'server_error';

const statusOfType: Readonly<Record<ErrorType, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  not_found_error: 404,
  exceed_context_size_error: 400,
  unavailable_error: 503,
  server_error: 500,
};

export class RequestError extends Error {
  readonly type: ErrorType;
  readonly status: number;
  readonly details: Readonly<Record<string, number>>;

  constructor(
    type: ErrorType,
    message: string,
    options: { status?: number; details?: Record<string, number> } = {},
  ) {
    super(message);
    this.name = 'RequestError';
    this.type = type;
    this.status = options.status ?? statusOfType[type];
    this.details = options.details ?? {};
  }
}

/** `{"error":{"code","message","type", …}}` and the status that goes with it, for anything thrown. */
export function errorBody(error: unknown): {
  status: number;
  body: { error: Record<string, string | number> };
} {
  if (error instanceof RequestError) {
    const { status, message, type, details } = error;
    return { status, body: { error: { code: status, message, type, ...details } } };
  }
  const message = error instanceof Error ? error.message : String(error);
  return { status: 500, body: { error: { code: 500, message, type: 'server_error' } } };
}
