/** Circuit breakers: who failed three times in a row is left alone for a while, then asked by one request, which decides. */

const FAILURES_TO_OPEN = 3;
const FIRST_OPEN_MS = 5_000;
const LONGEST_OPEN_MS = 60_000;

interface Circuit {
  /** In a row. */
  failures: number;
  /** How often it opened since it last worked. */
  openings: number;
  openUntil: number;
  isOpen: boolean;
  isProbing: boolean;
}

/** The outcome of one request, told once; a client that left proves nothing. */
export interface Trial {
  /** It answers: true where that lets the others in, who need not wait for the end. Should it break, the breaker opens again. */
  began(): boolean;
  succeeded(): void;
  failed(): void;
  inconclusive(): void;
}

export class Breakers {
  readonly #now: () => number;
  readonly #circuits = new Map<string, Circuit>();

  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** Milliseconds until it may be asked; 0: now. While a probe is under way, nobody knows: a second. */
  waitMs(id: string): number {
    const circuit = this.#circuits.get(id);
    if (circuit === undefined || !circuit.isOpen) return 0;
    return circuit.isProbing ? 1_000 : Math.max(0, circuit.openUntil - this.#now());
  }

  begin(id: string): Trial {
    const atBegin = this.#circuits.get(id);
    let isProbe = atBegin?.isOpen === true;
    if (atBegin !== undefined && isProbe) atBegin.isProbing = true;
    let isTold = false;
    const tell = (act: () => void) => () => {
      if (isTold) return;
      isTold = true;
      if (atBegin !== undefined && isProbe) atBegin.isProbing = false;
      act();
    };
    return {
      began: () => {
        if (atBegin === undefined || !isProbe || isTold) return false;
        isProbe = false;
        atBegin.isProbing = false;
        atBegin.isOpen = false;
        atBegin.failures = FAILURES_TO_OPEN - 1;
        return true;
      },
      succeeded: tell(() => this.#circuits.delete(id)),
      failed: tell(() => this.#fail(id, isProbe)),
      inconclusive: tell(() => undefined),
    };
  }

  /** It was launched anew, or its address was changed: what was, no longer counts. */
  forget(id: string): void {
    this.#circuits.delete(id);
  }

  #fail(id: string, isProbe: boolean): void {
    const circuit = this.#circuits.get(id) ?? {
      failures: 0,
      openings: 0,
      openUntil: 0,
      isOpen: false,
      isProbing: false,
    };
    this.#circuits.set(id, circuit);
    circuit.failures += 1;
    // Requests that were under way when it opened must not open it further.
    const wasOpen = circuit.isOpen && !isProbe;
    if (wasOpen || circuit.failures < FAILURES_TO_OPEN) return;
    circuit.isOpen = true;
    circuit.openUntil = this.#now() + Math.min(LONGEST_OPEN_MS, FIRST_OPEN_MS * 2 ** circuit.openings);
    circuit.openings += 1;
  }
}
