/** The requests that wait for one model, in order of arrival, each told its place; a place is given up by an abort or at the latest hour. */

export interface Wait {
  signal: AbortSignal;
  /** Called at once, and each time the place changes; 1 is next. */
  onPlace: (place: number) => void;
}

interface Waiter {
  order: number;
  tell: (place: number) => void;
  settle: (outcome: { lease: () => void } | { error: unknown }) => void;
}

export interface WaitingLineParts {
  /** Numbers the waiters of all lines. */
  nextOrder: () => number;
  /** Longest anybody waits. */
  longestMs: number;
  tooLate: () => Error;
  /** Somebody gave up; "late": since the time was over. */
  onLeave: (why: 'aborted' | 'late') => void;
}

export class WaitingLine {
  readonly #parts: WaitingLineParts;
  #waiters: Waiter[] = [];

  constructor(parts: WaitingLineParts) {
    this.#parts = parts;
  }

  get size(): number {
    return this.#waiters.length;
  }

  /** When the first of them came; Infinity: nobody waits. */
  get firstOrder(): number {
    return this.#waiters[0]?.order ?? Infinity;
  }

  /** Resolves with the lease; rejects with the signal's reason, or what `refuse` and `dismiss` were given. */
  join({ signal, onPlace }: Wait): Promise<() => void> {
    const { promise, resolve, reject } = Promise.withResolvers<() => void>();
    const leave = (why: 'aborted' | 'late', error: unknown): void => {
      this.#waiters = this.#waiters.filter((other) => other !== waiter);
      waiter.settle({ error });
      this.#tellPlaces();
      this.#parts.onLeave(why);
    };
    const onAbort = (): void => leave('aborted', signal.reason);
    const latest = setTimeout(() => leave('late', this.#parts.tooLate()), this.#parts.longestMs).unref();
    const waiter: Waiter = {
      order: this.#parts.nextOrder(),
      tell: onPlace,
      settle: (outcome) => {
        clearTimeout(latest);
        signal.removeEventListener('abort', onAbort);
        if ('lease' in outcome) resolve(outcome.lease);
        else reject(outcome.error);
      },
    };
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiters.push(waiter);
    onPlace(this.#waiters.length);
    return promise;
  }

  /** Everybody's turn has come. */
  admit(newLease: () => () => void): void {
    for (const { settle } of this.#takeAll()) settle({ lease: newLease() });
  }

  refuse(error: Error): void {
    this.dismiss()(error);
  }

  /** For a reason that is yet to be found: they count as gone from now on, and hear it by the function that is answered. */
  dismiss(): (error: Error) => void {
    const waiters = this.#takeAll();
    return (error) => {
      for (const { settle } of waiters) settle({ error });
    };
  }

  #takeAll(): Waiter[] {
    const waiters = this.#waiters;
    this.#waiters = [];
    return waiters;
  }

  #tellPlaces(): void {
    for (const [index, { tell }] of this.#waiters.entries()) tell(index + 1);
  }
}
