/** Keeps the blocks that viewers of all logs read lately, up to a number of bytes. Viewers that ask at the same time share one read. */
import type { Block } from './block.ts';

export class BlockCache {
  readonly #maxBytes: number;
  readonly #blocks = new Map<string, Block>();
  readonly #reads = new Map<string, Promise<Block | null>>();

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  async get(key: string, read: () => Promise<Block | null>): Promise<Block | null> {
    const cached = this.#blocks.get(key);
    if (cached !== undefined) return cached;
    const running = this.#reads.get(key);
    if (running !== undefined) return running;
    const started = read();
    this.#reads.set(key, started);
    try {
      const block = await started;
      if (block !== null) this.#keep(key, block);
      return block;
    } finally {
      this.#reads.delete(key);
    }
  }

  /** Drops the blocks of one log. */
  forget(prefix: string): void {
    for (const key of this.#blocks.keys()) if (key.startsWith(prefix)) this.#blocks.delete(key);
  }

  /** Oldest out first. Sizes are summed anew because a block grows when it is framed; there are at most a few hundred. */
  #keep(key: string, block: Block): void {
    this.#blocks.set(key, block);
    let total = 0;
    for (const kept of this.#blocks.values()) total += kept.sizeBytes;
    for (const [oldest, kept] of this.#blocks) {
      if (total <= this.#maxBytes && this.#blocks.size <= 256) return;
      total -= kept.sizeBytes;
      this.#blocks.delete(oldest);
    }
  }
}
