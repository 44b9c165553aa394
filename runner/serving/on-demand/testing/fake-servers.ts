/** Processes and endpoints that do what a test tells them, and an OnDemand on top of them; for tests with fake timers. */
import { onTestFinished } from 'vitest';
import type { LoadProblem } from '#contract/load-problem';
import type { ProcessState } from '#contract/process';
import { onDemandSchema } from '#contract/profile';
import { OnDemand } from '../on-demand.ts';
import type { EndpointsPort, OnDemandModel, ProcessesPort } from '../ports.ts';

export class FakeServers {
  readonly #states = new Map<string, { state: ProcessState; wasStopped: boolean }>();
  readonly #processListeners = new Set<(id: string) => void>();
  readonly #endpointListeners = new Set<() => void>();
  /** What was done, in order: `launch a`, `stop a`. */
  readonly done: string[] = [];
  /** What servers are working on, past the runner. */
  readonly busy = new Map<string, number>();
  /** What the next launches come to; absent: they run. */
  readonly launches = new Map<string, Promise<void>>();
  /** Checks wait for this. */
  checked: Promise<void> = Promise.resolve();
  /** Stops wait for this. */
  stopped: Promise<void> = Promise.resolve();
  /** The state of a process that was just launched. */
  launchedAs: ProcessState = 'loading';
  reason: LoadProblem | null = { problem: 'Memory ran out.', problemCode: 'memory', problemValues: {} };

  readonly processes: ProcessesPort = {
    get: (id) => this.#states.get(id) ?? null,
    launch: async (id, signal) => {
      this.done.push(`launch ${id}`);
      await this.launches.get(id);
      signal.throwIfAborted();
      this.set(id, this.launchedAs);
    },
    stop: async (id) => {
      this.done.push(`stop ${id}`);
      // As processes do: one that only starts shows nothing of its stop.
      if (this.#states.has(id) && this.#states.get(id)?.state !== 'starting') this.set(id, 'stopping');
      await this.stopped;
      if (this.#states.has(id)) this.set(id, 'exited', true);
    },
    whyEnded: () => Promise.resolve(this.reason),
    onChange: (listener) => {
      this.#processListeners.add(listener);
      return () => this.#processListeners.delete(listener);
    },
  };

  readonly endpoints: EndpointsPort = {
    busySlots: (id) => this.busy.get(id) ?? 0,
    check: async (id) => {
      await this.checked;
      return this.busy.get(id) ?? 0;
    },
    onChange: (listener) => {
      this.#endpointListeners.add(listener);
      return () => this.#endpointListeners.delete(listener);
    },
  };

  set(id: string, state: ProcessState, wasStopped = false): void {
    this.#states.set(id, { state, wasStopped });
    for (const listener of this.#processListeners) listener(id);
  }

  setBusy(id: string, slots: number): void {
    this.busy.set(id, slots);
    for (const listener of this.#endpointListeners) listener();
  }
}

/** The settings' own defaults: unloaded after 600 s. */
export function model(id: string, rest: Record<string, unknown> = {}): OnDemandModel {
  const { memoryMb = null, version = '1', ...settings } = rest as { memoryMb?: number; version?: string };
  return {
    id,
    profileId: `p-${id}`,
    profileName: `Profile ${id}`,
    model: id.toUpperCase(),
    memoryMb,
    version,
    settings: onDemandSchema.parse(settings),
  };
}

export function testOnDemand(
  models: readonly OnDemandModel[],
  { servers = new FakeServers(), queueLimit = 100, budgetMb = null as number | null } = {},
) {
  const onDemand = new OnDemand({
    processes: servers.processes,
    endpoints: servers.endpoints,
    queueLimit,
    budgetMb,
  });
  onTestFinished(() => onDemand.stop());
  onDemand.start();
  onDemand.setModels(models);
  const ask = (id: string) => newRequest(onDemand, id);
  const stateOf = (id: string) => onDemand.overview().models.find((shown) => shown.id === id)?.state;
  return { onDemand, servers, ask, stateOf };
}

/** A request that waits for its model. */
function newRequest(onDemand: OnDemand, id: string) {
  const client = new AbortController();
  const request = {
    places: [] as number[],
    /** Null: it waits still. */
    outcome: null as 'entered' | Error | null,
    leave: (): void => {},
    abort: () => client.abort(new Error('the client left')),
  };
  const wait = async (): Promise<void> => {
    try {
      request.leave = await onDemand.load(id, {
        signal: client.signal,
        onPlace: (place) => request.places.push(place),
      });
      request.outcome = 'entered';
    } catch (error) {
      request.outcome = error as Error;
    }
  };
  void wait();
  return request;
}
