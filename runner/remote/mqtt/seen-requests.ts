/** Remembers which requests a worker has had, and which were cancelled, so that none is answered twice or after it was given up. */
const KEPT_MS = 10 * 60_000;
const MOST_KEPT = 20_000;

export class SeenRequests {
  readonly #seen = new Map<string, { attempt: number; hops: number; at: number }>();
  readonly #cancelled = new Map<string, number>();

  /** False: this worker has had it already. One that comes back from others, or is asked again, has more hops or a later attempt. */
  isNew(id: string, { attempt, hops }: { attempt: number; hops: number }, now: number): boolean {
    const before = this.#seen.get(id);
    if (
      before !== undefined &&
      (attempt < before.attempt || (attempt === before.attempt && hops <= before.hops))
    )
      return false;
    this.#seen.delete(id);
    this.#seen.set(id, { attempt, hops, at: now });
    for (const [old, { at }] of this.#seen) {
      if (now - at < KEPT_MS && this.#seen.size <= MOST_KEPT) break;
      this.#seen.delete(old);
    }
    return true;
  }

  /** It may come after its cancellation. */
  cancel(id: string, now: number): void {
    this.#cancelled.set(id, now);
    for (const [old, at] of this.#cancelled) {
      if (now - at < KEPT_MS && this.#cancelled.size <= MOST_KEPT) break;
      this.#cancelled.delete(old);
    }
  }

  isCancelled(id: string): boolean {
    return this.#cancelled.has(id);
  }
}
