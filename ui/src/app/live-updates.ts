/** The page's one connection for live events: feeds the query cache and the log store, and tells how it is. */
import type { QueryClient } from '@tanstack/react-query';
import type { Endpoint } from '#contract/endpoint';
import { allStreamEventSchemas } from '#contract/log';
import { PATHS } from '#contract/paths';
import type { Tunnel } from '#contract/tunnel';
import { EventStream, type StreamStatus } from '../api/event-stream.ts';
import type { StreamEvent } from '../api/read-events.ts';
import type { ApiClient } from '../api/request.ts';
import type { LogStore } from '../features/logs/log-store.ts';
import { endpointsKey } from '../features/endpoints/endpoint-queries.ts';
import {
  toLive,
  withProcess,
  withUsage,
  withoutProcess,
  type LiveProcess,
} from '../features/processes/process-cache.ts';
import { processesKey } from '../features/processes/process-queries.ts';
import { sessionKey, sessionListKey } from '../features/sessions/session-keys.ts';
import { tunnelsKey } from '../features/tunnels/tunnel-keys.ts';

interface LiveUpdatesParts {
  api: ApiClient;
  queries: QueryClient;
  logs: LogStore;
}

/** Lines of each process to begin with; older ones are fetched when they are asked for. */
const FIRST_LINES = '500';

export class LiveUpdates {
  #status: StreamStatus = { kind: 'connecting', attempt: 0 };
  readonly #parts: LiveUpdatesParts;
  readonly #stream: EventStream;
  readonly #listeners = new Set<() => void>();

  constructor(parts: LiveUpdatesParts) {
    this.#parts = parts;
    this.#stream = new EventStream({
      open: async (cursor, signal) =>
        parts.api.openStream(
          PATHS.streamAll,
          cursor === null ? { tail: FIRST_LINES } : { from: cursor },
          signal,
        ),
      onEvent: (event) => this.#take(event),
      onStatus: (status) => this.#setStatus(status),
      now: () => Date.now(),
      after: (delayMs, action) => {
        const timer = setTimeout(action, delayMs);
        return () => clearTimeout(timer);
      },
    });
  }

  start = (): (() => void) => {
    this.#stream.start();
    // A laptop that wakes up or a network that is back need not wait for the countdown.
    const retry = (): void => this.#stream.retryNow();
    addEventListener('online', retry);
    return () => {
      removeEventListener('online', retry);
      this.#stream.stop();
    };
  };

  retryNow = (): void => this.#stream.retryNow();
  status = (): StreamStatus => this.#status;
  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #setStatus(status: StreamStatus): void {
    const wasLive = this.#status.kind === 'live';
    this.#status = status;
    for (const listener of this.#listeners) listener();
    // What no event tells of (profiles, system, free port) is read anew after an interruption.
    if (status.kind === 'live' && !wasLive)
      void this.#parts.queries.invalidateQueries({
        predicate: ({ queryKey }) => queryKey[0] !== processesKey[0],
      });
  }

  #take({ name, data }: StreamEvent): void {
    const body: unknown = JSON.parse(data);
    switch (name) {
      case 'processes':
        return this.#takeAll(
          allStreamEventSchemas.processes.parse(body).processes.map((process) => toLive(process, Date.now())),
        );
      case 'state':
        return this.#takeState(toLive(allStreamEventSchemas.state.parse(body).process, Date.now()));
      case 'removed':
        return this.#takeRemoved(allStreamEventSchemas.removed.parse(body).id);
      case 'usage': {
        const { usage } = allStreamEventSchemas.usage.parse(body);
        return this.#changeList((list) => withUsage(list, usage));
      }
      case 'lines': {
        const { id, entries } = allStreamEventSchemas.lines.parse(body);
        return this.#parts.logs.add(id, entries);
      }
      case 'endpoints':
        return this.#takeEndpoints(allStreamEventSchemas.endpoints.parse(body).endpoints);
      case 'tunnels':
        return this.#takeTunnels(allStreamEventSchemas.tunnels.parse(body).tunnels);
      case 'sessions':
        return this.#takeSession(allStreamEventSchemas.sessions.parse(body).id);
      default:
        // A newer runner may tell more than this page knows.
        return undefined;
    }
  }

  #takeAll(processes: LiveProcess[]): void {
    const before = this.#parts.queries.getQueryData<LiveProcess[]>(processesKey) ?? [];
    for (const known of before) {
      const now = processes.find(({ id }) => id === known.id);
      // Forgotten, or forgotten and made anew, while the page was cut off: its log is another one.
      if (now === undefined || now.run < known.run) this.#parts.logs.forget(known.id);
    }
    void this.#parts.queries.cancelQueries({ queryKey: processesKey });
    this.#parts.queries.setQueryData<LiveProcess[]>(processesKey, processes);
  }

  #takeState(process: LiveProcess): void {
    this.#changeList((list) => withProcess(list, process));
  }

  #takeRemoved(id: string): void {
    this.#parts.logs.forget(id);
    this.#changeList((list) => withoutProcess(list, id));
  }

  #takeEndpoints(endpoints: Endpoint[]): void {
    void this.#parts.queries.cancelQueries({ queryKey: endpointsKey });
    this.#parts.queries.setQueryData<Endpoint[]>(endpointsKey, endpoints);
  }

  #takeTunnels(tunnels: Tunnel[]): void {
    // Exactly the list: the set-up of a tunnel is kept below its key.
    void this.#parts.queries.cancelQueries({ queryKey: tunnelsKey, exact: true });
    this.#parts.queries.setQueryData<Tunnel[]>(tunnelsKey, tunnels);
  }

  #takeSession(id: string): void {
    void this.#parts.queries.invalidateQueries({ queryKey: sessionKey(id) });
    void this.#parts.queries.invalidateQueries({ queryKey: sessionListKey });
  }

  #changeList(change: (list: LiveProcess[]) => LiveProcess[]): void {
    this.#parts.queries.setQueryData<LiveProcess[]>(processesKey, (list) => list && change(list));
  }
}
