/** Why a model could not be loaded for a request. Its message goes to whoever asked, remote clients too: no paths, no log lines. */

export type OnDemandCode =
  | 'queue_full'
  | 'model_load_failed'
  | 'no_memory'
  | 'model_loading'
  | 'shutting_down';

export class OnDemandError extends Error {
  readonly code: OnDemandCode;
  /** When another try may do better; null: nobody knows. */
  readonly retryAfterMs: number | null;

  constructor(code: OnDemandCode, message: string, retryAfterMs: number | null = null) {
    super(message);
    this.name = 'OnDemandError';
    this.code = code;
    this.retryAfterMs = retryAfterMs;
  }
}
