/** Counts the requests that each endpoint is being asked, on demand or not: a profile may become one while they run. */

export class Leases {
  readonly #onEnd: (endpointId: string) => void;
  readonly #counts = new Map<string, number>();

  constructor(onEnd: (endpointId: string) => void) {
    this.#onEnd = onEnd;
  }

  of(endpointId: string): number {
    return this.#counts.get(endpointId) ?? 0;
  }

  /** Answers the way out, which counts once. */
  take(endpointId: string): () => void {
    this.#counts.set(endpointId, this.of(endpointId) + 1);
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      const left = this.of(endpointId) - 1;
      if (left === 0) this.#counts.delete(endpointId);
      else this.#counts.set(endpointId, left);
      this.#onEnd(endpointId);
    };
  }
}
