/** Why a request over the broker came to no answer: a code for the wire, words, and the HTTP status of the bridge. */

export const FAULT_STATUS = {
  /** The broker is not connected. */
  broker_down: 503,
  /** Nobody serves the model. */
  no_worker: 503,
  queue_full: 503,
  too_large: 413,
  bad_request: 400,
  timeout: 504,
  /** The worker was lost in mid-answer. */
  worker_gone: 502,
  frames_lost: 502,
  reader_too_slow: 502,
  cancelled: 499,
} as const;

export class RequestFault extends Error {
  readonly code: string;
  readonly status: number;
  readonly details: unknown;

  /** A `code` beyond the table is one of a model server's faults, as the chat names them. */
  constructor(
    code: keyof typeof FAULT_STATUS | (string & {}),
    message: string,
    rest: { details?: unknown; status?: number } = {},
  ) {
    super(message);
    this.name = 'RequestFault';
    this.code = code;
    this.status =
      rest.status ??
      (Object.hasOwn(FAULT_STATUS, code) ? FAULT_STATUS[code as keyof typeof FAULT_STATUS] : 502);
    this.details = rest.details;
  }
}

/** What a frame or a message may say of a failure. */
export interface WireFault {
  code: string;
  message: string;
  details?: unknown;
}

/** Errors with a code are for the other side; all others are for our log only. */
export function wireFault(error: unknown): WireFault {
  const isCoded = error instanceof Error && 'code' in error && typeof error.code === 'string';
  if (!isCoded) return { code: 'INTERNAL', message: 'The worker could not answer. Its log says why.' };
  const details: unknown = 'details' in error ? error.details : undefined;
  return { code: String(error.code), message: error.message, ...(details === undefined ? {} : { details }) };
}
