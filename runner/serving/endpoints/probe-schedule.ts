/** When each endpoint is asked: one question round at a time for each, the next after the delay that the last one called for. */

/** `isFresh`: somebody waits for the answer, so nothing may be taken from memory. Resolves with the milliseconds until the next round. */
export type Probe = (id: string, round: { isFresh: boolean; signal: AbortSignal }) => Promise<number>;

interface Entry {
  id: string;
  controller: AbortController;
  timer: NodeJS.Timeout | null;
  running: Promise<void>;
  /** A fresh round that waits for the running one to end. */
  queued: Promise<void> | null;
}

export class ProbeSchedule {
  readonly #probe: Probe;
  readonly #entries = new Map<string, Entry>();
  /** Rounds that were cut short and have not ended yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(probe: Probe) {
    this.#probe = probe;
  }

  isWatched(id: string): boolean {
    return this.#entries.has(id);
  }

  /** Asks at once and from then on, from scratch where it was watched already. Resolves after the first round. */
  watch(id: string): Promise<void> {
    this.unwatch(id);
    const entry: Entry = {
      id,
      controller: new AbortController(),
      timer: null,
      running: Promise.resolve(),
      queued: null,
    };
    this.#entries.set(id, entry);
    return this.#run(entry, true);
  }

  /** What a running round finds is thrown away. */
  unwatch(id: string): void {
    const entry = this.#entries.get(id);
    if (entry === undefined) return;
    this.#entries.delete(id);
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.controller.abort();
    this.#ending.add(entry.running);
    void entry.running.finally(() => this.#ending.delete(entry.running));
  }

  /** A fresh round now, or right after the running one; resolves after it. Does nothing for what is not watched. */
  now(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry === undefined) return Promise.resolve();
    entry.queued ??= entry.running.then(() => {
      entry.queued = null;
      return entry.controller.signal.aborted ? undefined : this.#run(entry, true);
    });
    return entry.queued;
  }

  async stop(): Promise<void> {
    for (const id of this.#entries.keys()) this.unwatch(id);
    await Promise.all(this.#ending);
  }

  #run(entry: Entry, isFresh: boolean): Promise<void> {
    if (entry.timer !== null) clearTimeout(entry.timer);
    entry.timer = null;
    entry.running = this.#round(entry, isFresh);
    return entry.running;
  }

  async #round(entry: Entry, isFresh: boolean): Promise<void> {
    const { signal } = entry.controller;
    const delayMs = await this.#probe(entry.id, { isFresh, signal });
    if (signal.aborted) return;
    entry.timer = setTimeout(() => void this.#run(entry, false), delayMs);
    entry.timer.unref();
  }
}
