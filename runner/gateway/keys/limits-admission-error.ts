/** Why the gateway did not let a request in: its status, OpenAI's code for it, and the headers of the answer. */

const ADMISSION_STATUS = {
  invalid_api_key: 401,
  missing_api_key: 401,
  key_expired: 401,
  key_revoked: 401,
  model_not_allowed: 403,
  route_not_allowed: 403,
  rate_limit_exceeded: 429,
  insufficient_quota: 429,
} as const;

type AdmissionCode = keyof typeof ADMISSION_STATUS;

export class AdmissionError extends Error {
  readonly code: AdmissionCode;
  readonly status: (typeof ADMISSION_STATUS)[AdmissionCode];
  readonly headers: Readonly<Record<string, string>>;
  /** Whose key it is, for the account; null: nobody's. */
  who: { keyId: string; keyName: string } | null = null;

  constructor(code: AdmissionCode, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.name = 'AdmissionError';
    this.code = code;
    this.status = ADMISSION_STATUS[code];
    this.headers =
      this.status === 401 ? { 'www-authenticate': 'Bearer realm="LLM Server Manager"', ...headers } : headers;
  }

  of({ id, name }: { id: string; name: string }): this {
    this.who = { keyId: id, keyName: name };
    return this;
  }
}

/** Whose key was refused, where `error` tells of a refusal. */
export function refusedKeyOf(error: Error | null): AdmissionError['who'] {
  return error?.cause instanceof AdmissionError ? error.cause.who : null;
}
