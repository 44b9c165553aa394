/** Writes an answer as server-sent events, no faster than the client reads. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { errorBody } from './request-error.ts';

export class SseWriter {
  readonly #response: ServerResponse;
  readonly #signal: AbortSignal;

  constructor(response: ServerResponse, signal: AbortSignal) {
    this.#response = response;
    this.#signal = signal;
  }

  /** The first event sends the headers: until then an error can still be an ordinary answer. */
  async send(payload: unknown): Promise<void> {
    await this.#write(JSON.stringify(payload));
  }

  async done(): Promise<void> {
    await this.#write('[DONE]');
    this.#response.end();
  }

  async #write(data: string): Promise<void> {
    this.#signal.throwIfAborted();
    if (!this.#response.headersSent) {
      this.#response.writeHead(200, {
        'Content-Type': 'text/event-stream',
        'Cache-Control': 'no-cache, no-transform',
        'X-Accel-Buffering': 'no',
      });
    }
    if (!this.#response.write(`data: ${data}\n\n`))
      await once(this.#response, 'drain', { signal: this.#signal });
  }
}

/** A failure after the stream has begun: an error event and the end, without [DONE]. */
export function endStreamWithError(response: ServerResponse, error: unknown): void {
  response.end(`data: ${JSON.stringify(errorBody(error).body)}\n\n`);
}
