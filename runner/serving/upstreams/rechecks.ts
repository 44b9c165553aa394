/** Has servers that are down checked when a request needs them, so that the next request finds those that are back. */

/** Of one server, however many requests come. */
const CHECK_EVERY_MS = 1_000;

export interface RecheckDeps {
  check: (endpointId: string) => void;
  now?: (() => number) | undefined;
}

export class Rechecks {
  readonly #check: RecheckDeps['check'];
  readonly #now: () => number;
  readonly #checkedAt = new Map<string, number>();

  constructor({ check, now = () => performance.now() }: RecheckDeps) {
    this.#check = check;
    this.#now = now;
  }

  request(endpointIds: readonly string[]): void {
    const now = this.#now();
    for (const id of endpointIds) {
      if (now - (this.#checkedAt.get(id) ?? -Infinity) < CHECK_EVERY_MS) continue;
      this.#checkedAt.set(id, now);
      this.#check(id);
    }
  }
}
