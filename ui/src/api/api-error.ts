/** A failed request: the runner's error code and message, or that the page could not reach the runner. */
import type { ErrorCode } from '#contract/error-codes';
import { errorWords } from '../locales/error-words.ts';

export type ApiErrorCode = ErrorCode | 'UNREACHABLE' | 'UNEXPECTED_RESPONSE';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly details: unknown;
  /** The runner's English message; for a failure that the page detects itself, a text in the page's language. */
  readonly rawMessage: string;

  constructor(code: ApiErrorCode, rawMessage: string, details?: unknown) {
    super();
    this.code = code;
    this.rawMessage = rawMessage;
    this.details = details;
  }

  /** For the user: in the language that the page has at the time it is read. */
  override get message(): string {
    return errorWords({ code: this.code, message: this.rawMessage, details: this.details });
  }
}
