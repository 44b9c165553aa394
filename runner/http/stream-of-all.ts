/** One viewer of all processes: a log follower for each, their states, and a cursor over all logs as the id of every batch. */
import type { ProcessSnapshot } from '#contract/process';
import type { Endpoint } from '#contract/endpoint';
import type { Tunnel } from '#contract/tunnel';
import type { LogHub } from '../running/logs/log-hub.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { Signal } from '../base/signal.ts';
import { formatCursor } from './cursor.ts';
import { LOCAL_PRINCIPAL } from './guard.ts';
import { sseEvent } from './sse.ts';
import type { SseConnection } from './sse.ts';

const USAGE_INTERVAL_MS = 2_000;

/** What the stream tells besides processes; nothing of it goes to a viewer of certain processes only. */
export interface ChatNews {
  endpoints: { changed: Signal<void>; list: () => Endpoint[] };
  sessions: { changed: Signal<{ principal: string; id: string }> };
  tunnels: { changed: Pick<Signal<unknown>, 'subscribe'>; list: () => Tunnel[] };
}

export interface StreamOfAllParts {
  supervisor: Supervisor;
  logs: LogHub;
  news: ChatNews;
  connection: SseConnection;
  /** null: every process, also those to come. */
  only: ReadonlySet<string> | null;
  /** Lines of each log to begin with, where the cursor does not say. */
  tail: number;
  cursor: Map<string, number> | null;
}

export class StreamOfAll {
  readonly #parts: StreamOfAllParts;
  readonly #positions: Map<string, number>;
  readonly #followed = new Map<string, AbortController>();

  constructor(parts: StreamOfAllParts) {
    this.#parts = parts;
    this.#positions = new Map(parts.cursor);
  }

  /** Resolves when the viewer is gone. */
  async run(): Promise<void> {
    const { supervisor, connection } = this.#parts;
    if (connection.signal.aborted) return;
    const processes = supervisor.list().filter(({ id }) => this.#isWanted(id));
    connection.sendLatest('processes', sseEvent('processes', { processes }));
    const isResumed = this.#parts.cursor !== null;
    for (const { id } of processes) this.#follow(id, isResumed ? 'start' : 'tail');
    const unsubscribe = [
      supervisor.changed.subscribe((snapshot) => this.#changed(snapshot)),
      supervisor.removed.subscribe((id) => this.#removed(id)),
      ...this.#tellChat(),
    ];
    const usage = setInterval(() => this.#sendUsage(), USAGE_INTERVAL_MS);
    await new Promise((resolve) => connection.signal.addEventListener('abort', resolve));
    clearInterval(usage);
    for (const undo of unsubscribe) undo();
    for (const following of this.#followed.values()) following.abort();
  }

  #tellChat(): (() => void)[] {
    const { connection, news, only } = this.#parts;
    if (only !== null) return [];
    const tellEndpoints = (): void =>
      connection.sendLatest('endpoints', sseEvent('endpoints', { endpoints: news.endpoints.list() }));
    const tellTunnels = (): void =>
      connection.sendLatest('tunnels', sseEvent('tunnels', { tunnels: news.tunnels.list() }));
    tellEndpoints();
    tellTunnels();
    return [
      news.tunnels.changed.subscribe(tellTunnels),
      news.endpoints.changed.subscribe(tellEndpoints),
      news.sessions.changed.subscribe(({ principal, id }) => {
        if (principal === LOCAL_PRINCIPAL)
          connection.sendLatest(`session ${id}`, sseEvent('sessions', { id }));
      }),
    ];
  }

  #isWanted(id: string): boolean {
    return this.#parts.only?.has(id) ?? true;
  }

  #changed(snapshot: ProcessSnapshot): void {
    if (!this.#isWanted(snapshot.id)) return;
    this.#parts.connection.sendLatest(`state ${snapshot.id}`, sseEvent('state', { process: snapshot }));
    this.#follow(snapshot.id, 'start');
  }

  #removed(id: string): void {
    if (!this.#isWanted(id)) return;
    this.#followed.get(id)?.abort();
    this.#followed.delete(id);
    this.#positions.delete(id);
    this.#parts.connection.sendLatest(`state ${id}`, sseEvent('removed', { id }));
  }

  #sendUsage(): void {
    const usage = Object.fromEntries(
      [...this.#parts.supervisor.usage()].filter(([id]) => this.#isWanted(id)),
    );
    if (Object.keys(usage).length > 0)
      this.#parts.connection.sendLatest('usage', sseEvent('usage', { usage }));
  }

  /** A log that the cursor does not know came up while the viewer was away, or just now: it is told from its start. */
  #follow(id: string, unknownFrom: 'tail' | 'start'): void {
    if (this.#followed.has(id)) return;
    const following = new AbortController();
    this.#followed.set(id, following);
    const { connection } = this.#parts;
    const pumping = this.#pump(id, unknownFrom, AbortSignal.any([following.signal, connection.signal]));
    // A log that cannot be read (the disk failed) ends the stream: the viewer comes again and goes on where it was.
    pumping.catch(() => connection.end());
  }

  async #pump(id: string, unknownFrom: 'tail' | 'start', signal: AbortSignal): Promise<void> {
    const { logs, connection, tail } = this.#parts;
    const { reader } = logs.feed(id);
    const known = this.#positions.get(id);
    const { start, end } = reader.bounds();
    const fresh = unknownFrom === 'tail' ? await reader.tail(tail) : start;
    const position = known === undefined ? fresh : known > end ? start : await reader.align(known);
    this.#positions.set(id, position);
    for await (const block of logs.follow(id, position, signal)) {
      await connection.send(() => {
        this.#positions.set(id, block.to);
        return [block.batch(), Buffer.from(`id: ${formatCursor(this.#positions)}\n\n`)];
      });
    }
  }
}
