/** The bytes of all bodies that wait for a slot or a model: many small requests may wait, but not so much memory. */
import type { Release } from './upstreams.ts';

export class WaitingBytes {
  readonly #maxBytes: number;
  #held = 0;

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** Null: it may not wait. */
  hold(bytes: number): Release | null {
    if (this.#held + bytes > this.#maxBytes) return null;
    this.#held += bytes;
    return () => {
      this.#held -= bytes;
    };
  }
}
