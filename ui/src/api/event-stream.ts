/** Owns the one connection for live events: keeps it open, reports its status, and resumes exactly where it broke. */
import { ApiError } from './api-error.ts';
import { readEvents, type StreamEvent } from './read-events.ts';

export type StreamStatus =
  | { kind: 'connecting'; attempt: number }
  | { kind: 'live' }
  | { kind: 'waiting'; retryAtMs: number; reason: string }
  | { kind: 'unauthorized' };

interface EventStreamDeps {
  /** Opens the stream after `cursor`; null: from its default start. */
  open(cursor: string | null, signal: AbortSignal): Promise<Response>;
  onEvent(event: StreamEvent): void;
  onStatus(status: StreamStatus): void;
  now(): number;
  /** Runs `action` later; the returned function cancels it. */
  after(delayMs: number, action: () => void): () => void;
}

/** The runner sends a heartbeat every 15 s: after this silence the connection is dead, even if the socket is still open. */
const SILENCE_MS = 40_000;
const MAX_WAIT_MS = 15_000;

export class EventStream {
  readonly #deps: EventStreamDeps;
  #cursor: string | null = null;
  #attempt = 0;
  #abort: AbortController | null = null;
  #cancelTimer: () => void = () => undefined;
  #isRunning = false;

  constructor(deps: EventStreamDeps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#connect();
  }

  stop(): void {
    this.#isRunning = false;
    this.#cancelTimer();
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Skips the rest of a wait. */
  retryNow(): void {
    if (!this.#isRunning || this.#abort !== null) return;
    this.#cancelTimer();
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#deps.onStatus({ kind: 'connecting', attempt: this.#attempt });
    const error = await this.#follow(abort).then(
      () => null,
      (reason: unknown) => reason,
    );
    abort.abort();
    // `stop` was called meanwhile, perhaps followed by `start`: another connection decides what happens next.
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#cancelTimer();
    if (error instanceof ApiError && error.code === 'UNAUTHORIZED')
      this.#deps.onStatus({ kind: 'unauthorized' });
    else this.#waitAndRetry(error instanceof Error ? error.message : '');
  }

  async #follow(abort: AbortController): Promise<void> {
    const watch = (): void => {
      this.#cancelTimer();
      this.#cancelTimer = this.#deps.after(SILENCE_MS, () => abort.abort());
    };
    watch();
    const response = await this.#deps.open(this.#cursor, abort.signal);
    if (response.body === null) return;
    this.#deps.onStatus({ kind: 'live' });
    await readEvents(response.body, {
      onAlive: watch,
      onEvent: (event) => {
        if (abort.signal.aborted) return;
        this.#deps.onEvent(event);
        // Only after the handler succeeded: a failed event is requested again.
        if (event.id !== null && event.id !== '') this.#cursor = event.id;
        this.#attempt = 0;
      },
    });
  }

  #waitAndRetry(reason: string): void {
    const delayMs = Math.min(MAX_WAIT_MS, 1000 * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#deps.onStatus({ kind: 'waiting', retryAtMs: this.#deps.now() + delayMs, reason });
    this.#cancelTimer = this.#deps.after(delayMs, () => void this.#connect());
  }
}
