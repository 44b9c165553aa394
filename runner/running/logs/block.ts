/** A stretch of a log, read once and framed once however many viewers it goes to. */
import type { LogEntry } from '#contract/log';
import { gapEntry, parseEntries } from './entries.ts';
import { frameBatch, frameEach } from './frames.ts';
import type { LogPiece } from './log-reader.ts';

export class Block {
  readonly from: number;
  readonly to: number;
  readonly #id: string;
  readonly #piece: LogPiece;
  #each: Buffer | null = null;
  #batch: Buffer | null = null;

  constructor(id: string, piece: LogPiece) {
    this.from = piece.from;
    this.to = piece.to;
    this.#id = id;
    this.#piece = piece;
  }

  /** Parsed anew at each call: entries are many times the size of their bytes and are not kept. */
  entries(): LogEntry[] {
    return this.#piece.gap === null
      ? parseEntries(this.#piece.bytes, this.from)
      : [gapEntry(this.#piece.gap)];
  }

  /** SSE, one event per entry. */
  each(): Buffer {
    this.#each ??= frameEach(this.entries());
    return this.#each;
  }

  /** SSE, one event in all, still without its id. */
  batch(): Buffer {
    this.#batch ??= frameBatch(this.#id, this.entries());
    return this.#batch;
  }

  get sizeBytes(): number {
    return this.#piece.bytes.length + (this.#each?.length ?? 0) + (this.#batch?.length ?? 0);
  }
}
