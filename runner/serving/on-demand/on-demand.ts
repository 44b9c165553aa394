/** Owns which models are loaded: requests launch them, and they are unloaded when idle or when another needs their room. */
import type { GatewayModels } from '#contract/gateway';
import { Signal } from '../../base/signal.ts';
import { findRoom } from './find-room.ts';
import { Leases } from './leases.ts';
import { ManagedModel } from './managed-model.ts';
import type { EndpointsPort, OnDemandModel, ProcessesPort } from './ports.ts';
import { noMemory, queueFull, shuttingDown } from './refusals.ts';
import type { Wait } from './waiting-line.ts';

export interface OnDemandParts {
  processes: ProcessesPort;
  endpoints: EndpointsPort;
  /** Most requests that may wait, for all models together. */
  queueLimit: number;
  /** What all models may take together; null: no limit. */
  budgetMb: number | null;
  /** Monotonic milliseconds. */
  now?: () => number;
}

/** setTimeout takes no more. */
const LONGEST_TIMER_MS = 2_147_483_647;

export class OnDemand {
  /** Something that `overview` shows may have changed. */
  readonly changed = new Signal<void>();
  readonly #parts: OnDemandParts;
  readonly #now: () => number;
  readonly #leases = new Leases((id) => this.#models.get(id)?.left());
  readonly #models = new Map<string, ManagedModel>();
  #unsubscribe: readonly (() => void)[] = [];
  #timer: NodeJS.Timeout | undefined;
  #orders = 0;
  #isStepping = false;
  #hasNews = false;
  #isStopped = false;

  constructor(parts: OnDemandParts) {
    this.#parts = parts;
    this.#now = parts.now ?? (() => performance.now());
  }

  /** Follows processes and endpoints from now on. What runs already counts as loaded, and as used now. */
  start(): void {
    const { processes, endpoints } = this.#parts;
    this.#unsubscribe = [
      processes.onChange((id) => {
        const model = this.#models.get(id);
        if (model === undefined) return;
        model.follow();
        this.#step();
      }),
      endpoints.onChange(() => {
        for (const model of this.#models.values()) model.observe();
      }),
    ];
  }

  /** Whoever waits is told; processes stay as they are. */
  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    for (const undo of this.#unsubscribe) undo();
    for (const model of this.#models.values()) model.stop();
  }

  /**
   * The profiles that requests launch, whenever they change. A server whose profile is gone keeps its room until it has ended, and is unloaded
   * like any other; not one in `ordinary`: that has a profile yet, and is its person's affair from now on.
   */
  setModels(models: readonly OnDemandModel[], ordinary: ReadonlySet<string> = new Set()): void {
    for (const [id, model] of this.#models) {
      if (models.some((other) => other.id === id)) continue;
      if (ordinary.has(id)) this.#models.delete(id);
      model.retire();
    }
    for (const about of models) {
      const known = this.#models.get(about.id);
      if (known === undefined) this.#models.set(about.id, this.#manage(about));
      else known.about = about;
    }
    this.#step();
  }

  /**
   * For every request to any endpoint, right before it is asked. Answers the way out, to be called at its end: until then its server is not
   * unloaded. Null: it is launched on demand and cannot be asked now; `load` it.
   */
  enter(endpointId: string): (() => void) | null {
    const model = this.#models.get(endpointId);
    if (model === undefined) return this.#leases.take(endpointId);
    const leave = model.enter();
    if (leave !== null) this.changed.emit();
    return leave;
  }

  /**
   * Waits until its server can be asked, launching it where need be, and resolves as `enter`; `onPlace` is told the place among those that
   * wait for that model, 1 is next. Rejects with an UpstreamFailure, or with the reason of `signal`: when the last one leaves that waits for a
   * load which no person began, that is given up.
   */
  async load(endpointId: string, wait: Wait): Promise<() => void> {
    wait.signal.throwIfAborted();
    if (this.#isStopped) throw shuttingDown();
    const leave = this.enter(endpointId);
    const model = this.#models.get(endpointId);
    if (leave !== null || model === undefined) return leave ?? this.#leases.take(endpointId);
    const { refusal } = model;
    if (refusal !== null) throw refusal;
    const waiting = [...this.#models.values()].reduce((sum, { line }) => sum + line.size, 0);
    if (waiting >= this.#parts.queueLimit) throw queueFull(this.#parts.queueLimit);
    const turn = model.line.join(wait);
    this.#step();
    return turn;
  }

  overview(): Omit<GatewayModels, 'ok' | 'gatewayUrl'> {
    const all = [...this.#models.values()];
    const usedMb = all.reduce((sum, { takesRoom, occupant }) => sum + (takesRoom ? occupant.memoryMb : 0), 0);
    const { budgetMb, queueLimit } = this.#parts;
    return { models: all.map(({ shown }) => shown), budgetMb, usedMb, queueLimit };
  }

  #manage(about: OnDemandModel): ManagedModel {
    const { processes, endpoints } = this.#parts;
    return new ManagedModel(about, {
      processes,
      endpoints,
      leases: this.#leases,
      now: this.#now,
      nextOrder: () => (this.#orders += 1),
      onChange: () => this.#step(),
    });
  }

  /** Whatever happened: does all that can be done now. What that brings about is done in another round. */
  #step(): void {
    if (this.#isStopped) return;
    this.#hasNews = true;
    if (this.#isStepping) return;
    this.#isStepping = true;
    try {
      while (this.#hasNews) {
        this.#hasNews = false;
        this.#makeRoom();
        for (const model of this.#models.values()) model.advance();
      }
    } finally {
      this.#isStepping = false;
    }
    for (const [id, model] of this.#models) if (model.isGone) this.#models.delete(id);
    this.#setTimer();
    this.changed.emit();
  }

  /**
   * In the order in which their first requests came. A later one takes only what room the earlier ones leave it when they are loaded: so it
   * need not wait for a server that drains for somebody else, and yet nobody is overtaken for ever.
   */
  #makeRoom(): void {
    const { budgetMb } = this.#parts;
    const all = [...this.#models.values()];
    const claimed = new Set<string>();
    const earlier = new Set<ManagedModel>();
    for (const model of all
      .filter(({ isWanted }) => isWanted)
      .toSorted((a, b) => a.line.firstOrder - b.line.firstOrder)) {
      const wanted = model.occupant;
      const present = all
        .filter((other) => other !== model && other.takesRoom)
        .map(({ occupant }) => occupant);
      const alone = findRoom(wanted, present, budgetMb);
      if (alone.kind === 'none') {
        const models = all.map(({ about }) => about);
        model.line.refuse(noMemory(model.name, alone, { wanted: model.about, models, budgetMb }));
        continue;
      }
      const going = present.map((other) => ({
        ...other,
        isLeaving: other.isLeaving || claimed.has(other.id),
      }));
      const coming = [...earlier].map(({ occupant }) => ({ ...occupant, isPinned: true, isLeaving: false }));
      const room = findRoom(wanted, [...going, ...coming], budgetMb);
      if (room.kind === 'room' && room.victims.length === 0) {
        model.launch();
        continue;
      }
      earlier.add(model);
      if (room.kind === 'room') for (const id of room.victims) claimed.add(id);
    }
    for (const model of all) model.isClaimed = claimed.has(model.about.id);
  }

  #setTimer(): void {
    clearTimeout(this.#timer);
    const dueAt = Math.min(...[...this.#models.values()].map((model) => model.dueAt));
    if (dueAt === Infinity) return;
    const delayMs = Math.min(Math.max(0, Math.ceil(dueAt - this.#now())), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => this.#step(), delayMs).unref();
  }
}
