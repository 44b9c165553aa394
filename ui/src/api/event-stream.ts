/** Owns the one connection for live events: keeps it open, says how it is, and goes on exactly where it broke off. */
import { ApiError } from './api-error.ts';
import { readEvents, type StreamEvent } from './read-events.ts';

export type StreamStatus =
  | { kind: 'connecting'; attempt: number }
  | { kind: 'live' }
  | { kind: 'waiting'; retryAtMs: number; reason: string }
  | { kind: 'unauthorized' };

interface EventStreamParts {
  /** Opens the stream after `cursor` (null: from the start of what the page wants to see). */
  open(cursor: string | null, signal: AbortSignal): Promise<Response>;
  onEvent(event: StreamEvent): void;
  onStatus(status: StreamStatus): void;
  now(): number;
  /** Runs `action` later; the result takes it back. */
  after(delayMs: number, action: () => void): () => void;
}

/** The runner sends a heartbeat every 15 s: after this silence the connection is dead, whatever the socket says. */
const SILENCE_MS = 40_000;
const LONGEST_WAIT_MS = 15_000;

export class EventStream {
  readonly #parts: EventStreamParts;
  #cursor: string | null = null;
  #attempt = 0;
  #abort: AbortController | null = null;
  #takeBackTimer: () => void = () => undefined;
  #isRunning = false;

  constructor(parts: EventStreamParts) {
    this.#parts = parts;
  }

  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    void this.#connect();
  }

  stop(): void {
    this.#isRunning = false;
    this.#takeBackTimer();
    this.#abort?.abort();
    this.#abort = null;
  }

  /** Skips the rest of a wait. */
  retryNow(): void {
    if (!this.#isRunning || this.#abort !== null) return;
    this.#takeBackTimer();
    void this.#connect();
  }

  async #connect(): Promise<void> {
    const abort = new AbortController();
    this.#abort = abort;
    this.#parts.onStatus({ kind: 'connecting', attempt: this.#attempt });
    const error = await this.#follow(abort).then(
      () => null,
      (reason: unknown) => reason,
    );
    abort.abort();
    // Stopped meanwhile, perhaps started anew: what comes next is no longer this connection's business.
    if (this.#abort !== abort) return;
    this.#abort = null;
    this.#takeBackTimer();
    if (error instanceof ApiError && error.code === 'UNAUTHORIZED') this.#parts.onStatus({ kind: 'unauthorized' });
    else this.#waitAndRetry(error instanceof Error ? error.message : '');
  }

  async #follow(abort: AbortController): Promise<void> {
    const watch = (): void => {
      this.#takeBackTimer();
      this.#takeBackTimer = this.#parts.after(SILENCE_MS, () => abort.abort());
    };
    watch();
    const response = await this.#parts.open(this.#cursor, abort.signal);
    if (response.body === null) return;
    this.#parts.onStatus({ kind: 'live' });
    await readEvents(response.body, {
      onAlive: watch,
      onEvent: (event) => {
        if (abort.signal.aborted) return;
        this.#parts.onEvent(event);
        // Only after it was taken in: an event that failed is asked for again.
        if (event.id !== null && event.id !== '') this.#cursor = event.id;
        this.#attempt = 0;
      },
    });
  }

  #waitAndRetry(reason: string): void {
    const delayMs = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** this.#attempt);
    this.#attempt += 1;
    this.#parts.onStatus({ kind: 'waiting', retryAtMs: this.#parts.now() + delayMs, reason });
    this.#takeBackTimer = this.#parts.after(delayMs, () => void this.#connect());
  }
}
