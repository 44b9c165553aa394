/** Requests that wait because every server that they may ask is full: first come, first served, a line for each set of such servers. */

export interface Waiting<Turn> {
  /** Those of one line wait for the same: where the first cannot be served, nobody behind it can. */
  line: string;
  /** Null: not yet. What it throws, the waiter is told. */
  attempt: () => Turn | null;
  signal: AbortSignal;
  /** 1 is next. Called at once, then each time it changes. */
  onPlace: (place: number) => void;
}

interface Waiter<Turn> {
  line: string;
  arrival: number;
  attempt: () => Turn | null;
  onPlace: (place: number) => void;
  resolve: (turn: Turn) => void;
  reject: (error: unknown) => void;
}

export class WaitingLines<Turn> {
  readonly #lines = new Map<string, Waiter<Turn>[]>();
  #arrivals = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  has(line: string): boolean {
    return this.#lines.has(line);
  }

  /** Rejects with the signal's reason when that is aborted first. */
  async wait({ line, attempt, signal, onPlace }: Waiting<Turn>): Promise<Turn> {
    signal.throwIfAborted();
    let leave = (): void => {};
    const turn = new Promise<Turn>((resolve, reject) => {
      const waiter = { line, arrival: this.#arrivals, attempt, onPlace, resolve, reject };
      leave = () => {
        this.#remove(waiter);
        reject(signal.reason as Error);
      };
      this.#arrivals += 1;
      this.#length += 1;
      const waiters = this.#lines.get(line) ?? [];
      this.#lines.set(line, waiters);
      waiters.push(waiter);
      onPlace(waiters.length);
    });
    signal.addEventListener('abort', leave, { once: true });
    return turn.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Something may have become free. Two lines may share a server: whoever came first goes first. */
  advance(): void {
    const stuck = new Set<string>();
    for (let first = this.#first(stuck); first !== undefined; first = this.#first(stuck)) {
      if (this.#tryTurn(first)) this.#remove(first);
      else stuck.add(first.line);
    }
  }

  /** Whoever came first, of the lines that are not stuck. */
  #first(stuck: ReadonlySet<string>): Waiter<Turn> | undefined {
    let first: Waiter<Turn> | undefined;
    for (const [line, [head]] of this.#lines) {
      if (head !== undefined && !stuck.has(line) && head.arrival < (first?.arrival ?? Infinity)) first = head;
    }
    return first;
  }

  #tryTurn({ attempt, resolve, reject }: Waiter<Turn>): boolean {
    try {
      const turn = attempt();
      if (turn !== null) resolve(turn);
      return turn !== null;
    } catch (error) {
      reject(error);
      return true;
    }
  }

  #remove(waiter: Waiter<Turn>): void {
    const waiters = this.#lines.get(waiter.line) ?? [];
    const index = waiters.indexOf(waiter);
    if (index === -1) return;
    waiters.splice(index, 1);
    this.#length -= 1;
    if (waiters.length === 0) this.#lines.delete(waiter.line);
    for (const [place, { onPlace }] of waiters.entries()) onPlace(place + 1);
  }
}
