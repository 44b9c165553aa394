/** Upstreams that had too many requests: those that are awake go before those that rest. */
import type { Candidate } from './models-of-endpoints.ts';

export class Rests {
  readonly #now: () => number;
  readonly #untilById = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  begin(id: string, forMs: number): void {
    this.#untilById.set(id, this.#now() + forMs);
  }

  /** All of them, where all rest: their own refusal tells the client more than we could. */
  awake(candidates: Candidate[]): Candidate[] {
    if (this.#untilById.size === 0) return candidates;
    const now = this.#now();
    for (const [id, until] of this.#untilById) if (until <= now) this.#untilById.delete(id);
    const awake = candidates.filter(({ endpoint }) => !this.#untilById.has(endpoint.id));
    return awake.length > 0 ? awake : candidates;
  }
}
