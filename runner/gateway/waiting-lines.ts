/** Requests that wait because every server of their model is full: first come, first served, a line for each model. */

export interface Waiting<Turn> {
  model: string;
  /** Null: not yet. What it throws, the waiter is told. */
  attempt: () => Turn | null;
  signal: AbortSignal;
  /** 1 is next. Called at once, then each time it changes. */
  onPlace: (place: number) => void;
}

interface Waiter<Turn> {
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

  has(model: string): boolean {
    return this.#lines.has(model);
  }

  /** Rejects with the signal's reason when that is aborted first. */
  async wait({ model, attempt, signal, onPlace }: Waiting<Turn>): Promise<Turn> {
    signal.throwIfAborted();
    let leave = (): void => {};
    const turn = new Promise<Turn>((resolve, reject) => {
      const waiter = { arrival: this.#arrivals, attempt, onPlace, resolve, reject };
      leave = () => {
        this.#remove(model, waiter);
        reject(signal.reason as Error);
      };
      this.#arrivals += 1;
      this.#length += 1;
      const line = this.#lines.get(model) ?? [];
      this.#lines.set(model, line);
      line.push(waiter);
      onPlace(line.length);
    });
    signal.addEventListener('abort', leave, { once: true });
    return turn.finally(() => signal.removeEventListener('abort', leave));
  }

  /** Something may have become free. Two models may share a server: whoever came first goes first. */
  advance(): void {
    const heads = [...this.#lines].toSorted(([, a], [, b]) => (a[0]?.arrival ?? 0) - (b[0]?.arrival ?? 0));
    for (const [model, line] of heads) {
      let first = line[0];
      while (first !== undefined && this.#tryTurn(first)) {
        this.#remove(model, first);
        first = line[0];
      }
    }
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

  #remove(model: string, waiter: Waiter<Turn>): void {
    const line = this.#lines.get(model) ?? [];
    const index = line.indexOf(waiter);
    if (index === -1) return;
    line.splice(index, 1);
    this.#length -= 1;
    if (line.length === 0) this.#lines.delete(model);
    for (const [place, { onPlace }] of line.entries()) onPlace(place + 1);
  }
}
