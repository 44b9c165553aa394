/** The live edge of one process's log: hands out blocks by offset and tells, at most every 8 ms, that there is more. */
import { Signal } from '../../base/signal.ts';
import { Block } from './block.ts';
import type { BlockCache } from './block-cache.ts';
import type { LogReader } from './log-reader.ts';

/** Viewers at the live edge are told together: one read, one frame, one write for each. */
const WINDOW_MS = 8;
const BLOCK_BYTES = 64 * 1024;
/** Blocks end at the last line before a multiple of BLOCK_BYTES, so viewers from different places soon share them. A start this near below one goes on to the next. */
const NEAR_BYTES = 17 * 1024;

export class LogFeed {
  readonly id: string;
  readonly reader: LogReader;
  readonly #grew = new Signal<null>();
  readonly #cache: BlockCache;
  #end: number;
  #toldAt = -Infinity;
  #isTellingDue = false;

  constructor(id: string, reader: LogReader, cache: BlockCache) {
    this.id = id;
    this.reader = reader;
    this.#cache = cache;
    this.#end = reader.bounds().end;
  }

  /** The next offset as far as it was told. */
  get end(): number {
    return this.#end;
  }

  announce(end: number): void {
    if (end <= this.#end) return;
    this.#end = end;
    const waitMs = this.#toldAt + WINDOW_MS - performance.now();
    if (this.#isTellingDue) return;
    this.#isTellingDue = true;
    if (waitMs <= 0) this.#tell();
    else setTimeout(() => this.#tell(), waitMs);
  }

  /** The block that begins at `from`; null at the live end. */
  async block(from: number): Promise<Block | null> {
    if (from >= this.#end) return null;
    return this.#cache.get(`${this.id}:${from}`, async () => {
      const boundary = (Math.floor((from + NEAR_BYTES) / BLOCK_BYTES) + 1) * BLOCK_BYTES;
      const piece = await this.reader.read(from, boundary - from);
      if (piece !== null) return new Block(this.id, piece);
      // A torn line is all there is: wait for news beyond it.
      this.#end = Math.min(this.#end, from);
      return null;
    });
  }

  /** Resolves when the log has grown beyond `from`, or `signal` is aborted. */
  async more(from: number, signal: AbortSignal): Promise<void> {
    if (this.#end > from || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        unsubscribe();
        signal.removeEventListener('abort', done);
        resolve();
      };
      const unsubscribe = this.#grew.subscribe(done);
      signal.addEventListener('abort', done);
    });
  }

  #tell(): void {
    this.#isTellingDue = false;
    this.#toldAt = performance.now();
    this.#grew.emit(null);
  }
}
