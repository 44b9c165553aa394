/** Which workers there are, from what they say of themselves; and the news when one is gone. */
import type { MqttWorker } from '#contract/mqtt';
import { Signal } from '../../base/signal.ts';
import { readPresence } from './envelope.ts';
import type { Presence } from './envelope.ts';
import type { Incoming, MqttLink } from './mqtt-link.ts';
import type { Topics } from './topics.ts';

interface Known {
  presence: Presence;
  seenAt: number;
}

const MAX_WORKERS = 512;
/** Of all workers together: each news is a walk through them. */
const MAX_MODELS = 4_096;
const SWEEP_MS = 1_000;
/** A worker may be silent for so many of its own periods. */
const SILENT_PERIODS = 3;

export interface WorkerListParts {
  link: MqttLink;
  topics: Topics;
  onGarbage: () => void;
}

export class WorkerList {
  readonly changed = new Signal<void>();
  readonly gone = new Signal<string>();
  readonly #parts: WorkerListParts;
  readonly #known = new Map<string, Known>();
  #sweep: NodeJS.Timeout | undefined;
  #leave: () => void = () => undefined;

  constructor(parts: WorkerListParts) {
    this.#parts = parts;
  }

  start(): void {
    const { link, topics } = this.#parts;
    this.#leave = link.subscribe(topics.presences, (message) => this.#take(message));
    this.#sweep = setInterval(() => this.#dropSilent(), SWEEP_MS).unref();
  }

  stop(): void {
    this.#leave();
    clearInterval(this.#sweep);
  }

  list(): Presence[] {
    return [...this.#known.values()].map(({ presence }) => presence);
  }

  /** The worker but `not` with the most free slots for a model; null: none has any (where `isBusyFine`: none serves it). One of them counts as taken until its next news. */
  takeSlot(model: string, { not, isBusyFine }: { not: string; isBusyFine: boolean }): string | null {
    const free = this.list()
      .filter(({ worker }) => worker !== not)
      .flatMap(({ worker, models }) =>
        models.filter((offer) => offer.model === model).map((offer) => ({ worker, offer })),
      )
      .map(({ worker, offer }) => ({ worker, offer, slots: offer.slots - offer.busy - offer.queued }))
      .filter(({ slots }) => isBusyFine || slots > 0)
      .toSorted((a, b) => b.slots - a.slots);
    const best = free[0];
    if (best === undefined) return null;
    best.offer.busy += 1;
    return best.worker;
  }

  describe(own: string | null): MqttWorker[] {
    return [...this.#known.values()].map(({ presence: { worker, name, version, models }, seenAt }) => ({
      id: worker,
      name,
      version,
      models,
      isOwn: worker === own,
      seenAt: new Date(Date.now() - (performance.now() - seenAt)).toISOString(),
    }));
  }

  #take({ topic, payload }: Incoming): void {
    const worker = topic.split('/').at(-1) ?? '';
    if (payload.length === 0) return this.#forget(worker);
    const presence = readPresence(payload);
    // One worker must not speak for another.
    if (presence === null || presence.worker !== worker) return this.#parts.onGarbage();
    if (!this.#hasRoom(presence)) return this.#parts.onGarbage();
    this.#known.set(worker, { presence, seenAt: performance.now() });
    this.changed.emit();
  }

  #hasRoom({ worker, models }: Presence): boolean {
    const others = [...this.#known.values()].filter(({ presence }) => presence.worker !== worker);
    return (
      others.length < MAX_WORKERS &&
      others.reduce((sum, { presence }) => sum + presence.models.length, models.length) <= MAX_MODELS
    );
  }

  /** While we are cut off nobody can be heard, so nobody is silent. */
  #dropSilent(): void {
    const { link } = this.#parts;
    const now = performance.now();
    const sinceConnected = link.connectedAt === null ? 0 : Date.now() - link.connectedAt.getTime();
    for (const [worker, { presence, seenAt }] of this.#known) {
      const limitMs = presence.everyMs * SILENT_PERIODS;
      if (Math.min(now - seenAt, sinceConnected) > limitMs) this.#forget(worker);
    }
  }

  #forget(worker: string): void {
    if (!this.#known.delete(worker)) return;
    this.gone.emit(worker);
    this.changed.emit();
  }
}
