/** Which gateway stands behind an endpoint: learned from a request that went round, so that others are not sent the same way. */

/** Another one may stand there by then. */
const KNOWN_MS = 60_000;

export class KnownGateways {
  readonly #now: () => number;
  readonly #known = new Map<string, { gatewayId: string; until: number }>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  learn(endpointId: string, gatewayId: string): void {
    this.#known.set(endpointId, { gatewayId, until: this.#now() + KNOWN_MS });
  }

  /** Whether a request that has passed these gateways would come back to one of them. `hops` as the header has them. */
  hasPassed(endpointId: string, hops: string): boolean {
    const known = this.#known.get(endpointId);
    if (known === undefined) return false;
    if (known.until <= this.#now()) this.#known.delete(endpointId);
    return known.until > this.#now() && hops.split(',').includes(known.gatewayId);
  }
}
