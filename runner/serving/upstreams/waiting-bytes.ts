/** The bytes of all bodies that wait, for a slot or for a model to be loaded: so many small requests may wait, but not so much memory. */
export class WaitingBytes {
  readonly #limitBytes: number;
  #held = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Returns the way out; null: it may not wait. */
  hold(bytes: number): (() => void) | null {
    if (this.#held + bytes > this.#limitBytes) return null;
    this.#held += bytes;
    return () => {
      this.#held -= bytes;
    };
  }
}
