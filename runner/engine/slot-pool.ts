/** Owns who may use which slot: hands out the idle slot whose cache fits best, keeps the rest waiting first come, first served. */

export interface Slot {
  readonly id: number;
  /** What the slot's cache holds. */
  readonly cachedTokens: readonly number[];
}

/** How a slot was chosen, for the log. */
export type SlotChoice = { by: 'lcp'; similarity: number; kept: number } | { by: 'lru'; cached: number };

export interface SlotGrant<S extends Slot> {
  slot: S;
  choice: SlotChoice;
}

interface Waiter<S extends Slot> {
  prompt: readonly number[];
  admit(grant: SlotGrant<S>): void;
}

/** Below this share of the prompt a common start is not worth preferring a slot for (llama-server's --slot-prompt-similarity). */
const leastSimilarity = 0.1;

export class SlotPool<S extends Slot> {
  readonly slots: readonly S[];
  readonly #busy = new Set<S>();
  readonly #waiting: Waiter<S>[] = [];
  /** Idle or busy, the least recently released first. */
  #byLastUse: S[];

  constructor(slots: readonly S[]) {
    this.slots = slots;
    this.#byLastUse = [...slots];
  }

  get waitingCount(): number {
    return this.#waiting.length;
  }

  isBusy(slot: S): boolean {
    return this.#busy.has(slot);
  }

  /** Resolves once a slot is the caller's, who must `release` it; rejects with the signal's reason, and leaves the queue, on abort. */
  async acquire(prompt: readonly number[], signal: AbortSignal): Promise<SlotGrant<S>> {
    signal.throwIfAborted();
    const grant = this.#takeIdle(prompt);
    if (grant !== undefined) return grant;
    const turn = Promise.withResolvers<SlotGrant<S>>();
    const waiter: Waiter<S> = { prompt, admit: turn.resolve };
    const leave = (): void => {
      const place = this.#waiting.indexOf(waiter);
      if (place >= 0) this.#waiting.splice(place, 1);
      turn.reject(signal.reason);
    };
    signal.addEventListener('abort', leave, { once: true });
    this.#waiting.push(waiter);
    try {
      return await turn.promise;
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  release(slot: S): void {
    this.#busy.delete(slot);
    this.#byLastUse = [...this.#byLastUse.filter((other) => other !== slot), slot];
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const grant = this.#takeIdle(next.prompt);
    if (grant === undefined) this.#waiting.unshift(next);
    else next.admit(grant);
  }

  #takeIdle(prompt: readonly number[]): SlotGrant<S> | undefined {
    const idle = this.#byLastUse.filter((slot) => !this.#busy.has(slot));
    const grant = mostSimilar(idle, prompt) ?? leastRecent(idle);
    if (grant !== undefined) this.#busy.add(grant.slot);
    return grant;
  }
}

export function commonPrefixLength(a: readonly number[], b: readonly number[]): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function mostSimilar<S extends Slot>(
  idle: readonly S[],
  prompt: readonly number[],
): SlotGrant<S> | undefined {
  let best: SlotGrant<S> | undefined;
  let bestSimilarity = leastSimilarity;
  for (const slot of idle) {
    const cached = slot.cachedTokens;
    const common = commonPrefixLength(cached, prompt);
    const similarity = prompt.length === 0 ? 0 : common / prompt.length;
    if (similarity <= bestSimilarity) continue;
    bestSimilarity = similarity;
    best = { slot, choice: { by: 'lcp', similarity, kept: common / cached.length } };
  }
  return best;
}

function leastRecent<S extends Slot>(idle: readonly S[]): SlotGrant<S> | undefined {
  const slot = idle[0];
  return slot === undefined ? undefined : { slot, choice: { by: 'lru', cached: slot.cachedTokens.length } };
}
