/** One SSE connection: headers, heartbeat, back-pressure. What is sent and where it comes from is the routes' business. */
import type { Response } from 'express';

const HEARTBEAT_MS = 15_000;
/** Given as the reason: making a DOMException with its stack for every viewer costs more than the rest of its goodbye. */
const GONE = new Error('the viewer is gone');
const HEARTBEAT = Buffer.from(': ping\n\n');

export class SseConnection {
  readonly #response: Response;
  readonly #gone = new AbortController();
  readonly #latest = new Map<string, Buffer>();
  readonly #drains = new Set<() => void>();
  #isBlocked = false;

  constructor(response: Response) {
    this.#response = response;
  }

  /** Aborted when the viewer left or the stream was ended. */
  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  start(): void {
    // The viewer left before it was answered: its 'close' has been.
    if (this.#response.closed || this.#response.destroyed) return this.#gone.abort(GONE);
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache, no-transform',
      'x-accel-buffering': 'no',
    });
    this.#response.socket?.setNoDelay(true);
    this.#response.flushHeaders();
    this.#response.on('drain', () => this.#drained());
    const heartbeat = setInterval(() => {
      if (!this.#isBlocked) this.#write(HEARTBEAT);
    }, HEARTBEAT_MS);
    this.#response.once('close', () => {
      clearInterval(heartbeat);
      this.#gone.abort(GONE);
      this.#drained();
    });
  }

  /**
   * Resolves at once while the viewer keeps up, else when it has taken what was sent: a slow viewer slows nobody but itself.
   * `frame` is called when its turn to be written has come, so that what it says of other frames (a cursor) is true by then.
   */
  async send(frame: () => readonly Buffer[]): Promise<void> {
    while (this.#isBlocked && !this.signal.aborted) await this.#drain();
    if (this.signal.aborted) return;
    const parts = frame();
    // A chunk of one part leaves as one write by itself; Node's uncork would make four of it.
    if (parts.length > 1) this.#response.cork();
    for (const part of parts) this.#write(part);
    if (parts.length > 1) this.#response.uncork();
    if (this.#isBlocked) await this.#drain();
  }

  /** Sends news of which only the newest counts; while the viewer lags, a later one under the same key replaces an earlier one. */
  sendLatest(key: string, frame: Buffer): void {
    if (this.signal.aborted) return;
    if (this.#isBlocked) this.#latest.set(key, frame);
    else this.#write(frame);
  }

  /** Ends the stream from this side. Resolves when the connection has closed, so that nothing sent is cut off. */
  async end(): Promise<void> {
    if (this.#response.closed) return;
    const closed = new Promise((resolve) => this.#response.once('close', resolve));
    this.#gone.abort(GONE);
    this.#response.end();
    const giveUp = setTimeout(() => this.#response.destroy(), 1_000);
    await closed;
    clearTimeout(giveUp);
  }

  #write(frame: Buffer): void {
    if (this.#response.writableEnded || this.#response.destroyed) return;
    this.#isBlocked = !this.#response.write(frame);
  }

  async #drain(): Promise<void> {
    await new Promise<void>((resolve) => this.#drains.add(resolve));
  }

  #drained(): void {
    this.#isBlocked = false;
    for (const [key, frame] of this.#latest) {
      this.#latest.delete(key);
      this.#write(frame);
    }
    const waiting = [...this.#drains];
    this.#drains.clear();
    for (const resume of waiting) resume();
  }
}

export function sseEvent(event: string, data: unknown): Buffer {
  return Buffer.from(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
