/** How many requests each endpoint is answering: our own, counted, and those of others, as far as its last check showed. */
import type { Endpoint } from '#contract/endpoint';

interface Load {
  ours: number;
  /** Most of ours at once since the last check: as many busy slots may have been ours. */
  peak: number;
  checkedAt: string | null;
  foreign: number;
}

export class UpstreamLoad {
  readonly #loads = new Map<string, Load>();

  /** Takes in what the checks of the endpoints found. */
  observe(endpoints: readonly Endpoint[]): void {
    for (const { id, busySlots, checkedAt } of endpoints) {
      const load = this.#of(id);
      if (load.checkedAt === checkedAt) continue;
      load.checkedAt = checkedAt;
      load.foreign = Math.max(0, (busySlots ?? 0) - load.peak);
      load.peak = load.ours;
    }
  }

  of(id: string): number {
    const { ours, foreign } = this.#of(id);
    return ours + foreign;
  }

  oursOf(id: string): number {
    return this.#of(id).ours;
  }

  /** Returns the way out. */
  enter(id: string): () => void {
    const load = this.#of(id);
    load.ours += 1;
    load.peak = Math.max(load.peak, load.ours);
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      load.ours -= 1;
    };
  }

  #of(id: string): Load {
    let load = this.#loads.get(id);
    if (load === undefined) {
      load = { ours: 0, peak: 0, checkedAt: null, foreign: 0 };
      this.#loads.set(id, load);
    }
    return load;
  }
}
