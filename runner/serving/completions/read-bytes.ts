/** The bytes of a response as an async iterable: the server is read no faster than the reader goes. */
import type { OpenResponse } from '../serving-request.ts';
import type { BodySink } from '../upstreams/call-upstream.ts';

/** Held for a reader that is behind; above this the server is paused. */
const MAX_HELD_BYTES = 256 * 1024;

/** Throws what `pipe` rejects with. Leaving the loop early cuts the response, unless `response.leave` was called before. */
export async function* bytesOf(response: OpenResponse): AsyncGenerator<Buffer> {
  const held = new HeldBytes();
  const ended = response.pipe(held).then(
    () => held.end(null),
    (error: unknown) => held.end({ error }),
  );
  try {
    for (let chunk = await held.next(); chunk !== null; chunk = await held.next()) yield chunk;
  } finally {
    response.leave(false);
    await ended;
  }
}

/** The first `maxBytes` of it. */
export async function readText(response: OpenResponse, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const chunk of bytesOf(response)) {
    parts.push(chunk);
    size += chunk.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

class HeldBytes implements BodySink {
  #chunks: Buffer[] = [];
  #bytes = 0;
  #wake = (): void => {};
  #drained = (): void => {};
  #end: { error: unknown } | null | undefined;

  write(chunk: Buffer): boolean {
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
    this.#wake();
    return this.#bytes < MAX_HELD_BYTES;
  }

  onDrain(drained: () => void): void {
    this.#drained = drained;
  }

  /** `null`: all bytes came. */
  end(failure: { error: unknown } | null): void {
    this.#end = failure;
    this.#wake();
  }

  /** All that has come since, as one piece; null: the end. */
  async next(): Promise<Buffer | null> {
    while (this.#chunks.length === 0) {
      if (this.#end === null) return null;
      if (this.#end !== undefined) throw this.#end.error;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const [first = Buffer.alloc(0), ...more] = this.#chunks;
    this.#chunks = [];
    if (this.#bytes >= MAX_HELD_BYTES) this.#drained();
    this.#bytes = 0;
    return more.length === 0 ? first : Buffer.concat([first, ...more]);
  }
}
