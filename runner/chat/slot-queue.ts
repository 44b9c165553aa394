/** Who may ask an endpoint now: as many at once as it has slots, the rest in order of arrival, each told its place. */

interface Waiter {
  start: () => void;
  tell: (place: number) => void;
}

class Lane {
  active = 0;
  readonly waiting: Waiter[] = [];
}

export interface Entry {
  endpointId: string;
  /** null: the server does not tell; then nobody waits here. */
  slots: number | null;
  signal: AbortSignal;
  /** Called when one has to wait, and each time the place changes; 1 is next. */
  onPlace: (place: number) => void;
}

export class SlotQueue {
  readonly #lanes = new Map<string, Lane>();

  /** Resolves with the way out when it is one's turn; throws the signal's reason when that was aborted before. */
  async enter({ endpointId, slots, signal, onPlace }: Entry): Promise<() => void> {
    signal.throwIfAborted();
    const lane = this.#lanes.get(endpointId) ?? new Lane();
    this.#lanes.set(endpointId, lane);
    if (slots !== null && lane.active >= Math.max(1, slots)) await waitIn(lane, signal, onPlace);
    else lane.active += 1;
    let isOut = false;
    return () => {
      if (isOut) return;
      isOut = true;
      this.#leave(endpointId, lane);
    };
  }

  #leave(endpointId: string, lane: Lane): void {
    const next = lane.waiting.shift();
    if (next !== undefined) {
      // The slot passes on: `active` stays.
      next.start();
      tellPlaces(lane);
      return;
    }
    lane.active -= 1;
    if (lane.active === 0) this.#lanes.delete(endpointId);
  }
}

async function waitIn(lane: Lane, signal: AbortSignal, tell: (place: number) => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const leave = (): void => {
      lane.waiting.splice(lane.waiting.indexOf(waiter), 1);
      tellPlaces(lane);
      reject(signal.reason as Error);
    };
    const waiter: Waiter = {
      start: () => {
        signal.removeEventListener('abort', leave);
        resolve();
      },
      tell,
    };
    signal.addEventListener('abort', leave, { once: true });
    lane.waiting.push(waiter);
    tell(lane.waiting.length);
  });
}

function tellPlaces(lane: Lane): void {
  for (const [index, waiter] of lane.waiting.entries()) waiter.tell(index + 1);
}
