/** Asks for checks of servers that are down when a request needs them, so that the next one finds those that are back. */

/** Of one server, however many requests come. */
const CHECK_EVERY_MS = 1_000;

interface CheckRequestsParts {
  check: (endpointId: string) => void;
  now?: (() => number) | undefined;
}

export class CheckRequests {
  readonly #check: CheckRequestsParts['check'];
  readonly #now: () => number;
  readonly #askedAt = new Map<string, number>();

  constructor({ check, now = () => performance.now() }: CheckRequestsParts) {
    this.#check = check;
    this.#now = now;
  }

  ask(endpointIds: readonly string[]): void {
    const now = this.#now();
    for (const id of endpointIds) {
      if (now - (this.#askedAt.get(id) ?? -Infinity) < CHECK_EVERY_MS) continue;
      this.#askedAt.set(id, now);
      this.#check(id);
    }
  }
}
