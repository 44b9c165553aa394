/** Upstreams that are left alone for a while, such as after a 429: others go before them. */
import type { Candidate } from '../models/models-of-endpoints.ts';

export class Cooldowns {
  readonly #now: () => number;
  readonly #untilById = new Map<string, number>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  begin(id: string, forMs: number): void {
    this.#untilById.set(id, this.#now() + forMs);
  }

  /** All of them where all are cooling down: their own refusal tells the client more than ours could. */
  ready(candidates: Candidate[]): Candidate[] {
    if (this.#untilById.size === 0) return candidates;
    const now = this.#now();
    for (const [id, until] of this.#untilById) if (until <= now) this.#untilById.delete(id);
    const ready = candidates.filter(({ endpoint }) => !this.#untilById.has(endpoint.id));
    return ready.length > 0 ? ready : candidates;
  }
}
