/** A failed request as the page knows it: the runner's code and words, or that the runner could not be reached. */
import type { ErrorCode } from '#contract/error-codes';
import { errorWords } from '../locales/error-words.ts';

export type ApiErrorCode = ErrorCode | 'UNREACHABLE' | 'UNEXPECTED_RESPONSE';

export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly code: ApiErrorCode;
  readonly details: unknown;
  /** In English, as the runner said it; a failure that the page has found itself is said in the page's language. */
  readonly rawMessage: string;

  constructor(code: ApiErrorCode, rawMessage: string, details?: unknown) {
    super();
    this.code = code;
    this.rawMessage = rawMessage;
    this.details = details;
  }

  /** For the user: in the language that the page has when it is shown. */
  override get message(): string {
    return errorWords({ code: this.code, message: this.rawMessage, details: this.details });
  }
}
