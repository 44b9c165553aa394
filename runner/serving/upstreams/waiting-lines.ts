/** Requests that wait because every server that they may ask is full: first come, first served, whichever way they came. */

export interface Waiting<Turn> {
  /** Those of one line wait for the same: where the first cannot be served, none behind it can. */
  line: string;
  /** The servers it waits for: its place counts everyone who came earlier and waits for one of them. */
  servers: readonly string[];
  /** Null: not yet. What it throws rejects the waiter. */
  attempt: () => Turn | null;
  signal: AbortSignal;
  /** 1 is next. Called at once, then each time it changes. */
  onPlace: (place: number) => void;
}

interface Waiter<Turn> extends Omit<Waiting<Turn>, 'signal' | 'servers'> {
  arrival: number;
  place: number;
  resolve: (turn: Turn) => void;
  reject: (error: unknown) => void;
}

interface Line<Turn> {
  servers: ReadonlySet<string>;
  waiters: Waiter<Turn>[];
}

export class WaitingLines<Turn> {
  readonly #lines = new Map<string, Line<Turn>>();
  #arrivals = 0;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Rejects with the signal's reason when that is aborted first. */
  async wait({ signal, servers, ...waiting }: Waiting<Turn>): Promise<Turn> {
    signal.throwIfAborted();
    let leave = (): void => {};
    const turn = new Promise<Turn>((resolve, reject) => {
      const waiter = { ...waiting, arrival: this.#arrivals, place: 0, resolve, reject };
      leave = () => {
        this.#remove(waiter);
        reject(signal.reason as Error);
      };
      this.#arrivals += 1;
      this.#length += 1;
      const line = this.#lines.get(waiting.line) ?? { servers: new Set(servers), waiters: [] };
      this.#lines.set(waiting.line, line);
      line.waiters.push(waiter);
      this.#announcePlaces();
    });
    signal.addEventListener('abort', leave, { once: true });
    return turn.finally(() => signal.removeEventListener('abort', leave));
  }

  /** A slot may have become free. Two lines may share a server: the earliest waiter goes first. */
  advance(): void {
    const stuck = new Set<string>();
    for (let first = this.#first(stuck); first !== undefined; first = this.#first(stuck)) {
      if (this.#tryTurn(first)) this.#remove(first);
      else stuck.add(first.line);
    }
  }

  /** The earliest waiter of the lines that are not stuck. */
  #first(stuck: ReadonlySet<string>): Waiter<Turn> | undefined {
    let first: Waiter<Turn> | undefined;
    for (const [name, { waiters }] of this.#lines) {
      const head = waiters[0];
      if (head !== undefined && !stuck.has(name) && head.arrival < (first?.arrival ?? Infinity)) first = head;
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
    const line = this.#lines.get(waiter.line);
    const index = line?.waiters.indexOf(waiter) ?? -1;
    if (line === undefined || index === -1) return;
    line.waiters.splice(index, 1);
    this.#length -= 1;
    if (line.waiters.length === 0) this.#lines.delete(waiter.line);
    this.#announcePlaces();
  }

  /** In order of arrival: each is behind those that were counted before it in lines that share a server with its own. */
  #announcePlaces(): void {
    const lines = [...this.#lines.values()];
    const ahead = new Map<Line<Turn>, number>();
    const all = lines.flatMap((line) => line.waiters.map((waiter) => ({ line, waiter })));
    for (const { line, waiter } of all.toSorted((a, b) => a.waiter.arrival - b.waiter.arrival)) {
      const place =
        1 + lines.reduce((sum, other) => sum + (shareServer(line, other) ? (ahead.get(other) ?? 0) : 0), 0);
      ahead.set(line, (ahead.get(line) ?? 0) + 1);
      if (place === waiter.place) continue;
      waiter.place = place;
      waiter.onPlace(place);
    }
  }
}

function shareServer(a: { servers: ReadonlySet<string> }, b: { servers: ReadonlySet<string> }): boolean {
  return a === b || [...a.servers].some((server) => b.servers.has(server));
}
