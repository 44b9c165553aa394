/** A failed request as the page knows it: the runner's code and message, or that the runner could not be reached. */
import type { ErrorCode } from '#contract/error-codes';

export type ApiErrorCode = ErrorCode | 'UNREACHABLE' | 'UNEXPECTED_ANSWER';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly details: unknown;

  constructor(code: ApiErrorCode, message: string, details?: unknown) {
    super(message);
    this.code = code;
    this.details = details;
  }
}
