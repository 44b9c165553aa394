/** Owns the endpoints: launched here, added by hand, or given by LLM_SERVER_URL; keeps their health up to date and says where a chat goes. */
import { Agent } from 'undici';
import type { Endpoint, EndpointChange, EndpointInput } from '#contract/endpoint';
import { NO_PROBLEM } from '#contract/endpoint-problem';
import { AppError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Signal } from '../../base/signal.ts';
import type { Store } from '../../store/open-store.ts';
import { askServer } from './ask-server.ts';
import { chooseDefault } from './choose-default.ts';
import {
  environmentRow,
  launchedRow,
  manualRow,
  refuseForeignChange,
  refuseRemoval,
  refuseTwin,
  withChange,
} from './endpoint-rules.ts';
import { EndpointRows, type EndpointRow } from './endpoint-rows.ts';
import { givenRow, isGiven, type GivenEndpoint } from './given-endpoint.ts';
import { afterRound, delayAfter, TIMING, type Timing } from './health.ts';
import { apiKeyOf, newHealth, shownOf, targetOf, toEndpoint, unknownHealth } from './known-endpoint.ts';
import type { EndpointTarget, KnownEndpoint } from './known-endpoint.ts';
import { isEnded, statusOfProcess, type LaunchedServer, type OnDemandServer } from './launched-server.ts';
import { probeEndpoint } from './probe-endpoint.ts';
import { ProbeSchedule } from './probe-schedule.ts';

export interface EndpointRegistryParts {
  store: Store;
  newId: () => string;
  now?: () => Date;
  /** LLM_SERVER_URL and its key; null: not set. */
  environmentUrl: { baseUrl: string; apiKey: string | null } | null;
  /** LLM_COMM_MODE=mqtt: chats go to the workers behind the broker, and nowhere else unless they say so. */
  isMqttDefault?: boolean;
  timing?: Partial<Timing>;
  /** 0 to 1, spreads the checks. */
  random?: () => number;
  logger?: Pick<Logger, 'warn'>;
}

/** Unknown ids are ENDPOINT_NOT_FOUND; what cannot be stored is STORAGE_FAILED, and then nothing has changed. Keys leave it through targets only. */
export class EndpointRegistry {
  /** Something that `list` shows has changed, latencies and times of checks aside. */
  readonly changed = new Signal<void>();
  readonly #parts: EndpointRegistryParts;
  readonly #timing: Timing;
  readonly #rows: EndpointRows;
  readonly #known = new Map<string, KnownEndpoint>();
  readonly #schedule = new ProbeSchedule((id, round) => this.#probe(id, round));
  /** Launched servers that were told before the start. */
  readonly #early = new Map<string, LaunchedServer>();
  #agent: Agent | null = null;
  #onlineCount = 0;
  #shown = '[]';

  constructor(parts: EndpointRegistryParts) {
    this.#parts = parts;
    this.#timing = { ...TIMING, ...parts.timing };
    this.#rows = new EndpointRows(parts.store);
  }

  /** Reads what is stored and begins to check. A launched server is offline until `setLaunched` tells of it. */
  start(): void {
    // Without keep-alive: a socket that the server has just closed would look like an outage.
    this.#agent = new Agent({ pipelining: 0, connect: { timeout: this.#timing.timeoutMs } });
    const rows = this.#rows.all();
    const { environmentUrl } = this.#parts;
    if (environmentUrl !== null) this.#add(environmentRow(environmentUrl, rows, this.#now()));
    for (const row of rows) if (row.source !== 'environment' && !isGiven(row)) this.#add(row);
    for (const { row } of this.#known.values())
      if (row.source !== 'launched') void this.#schedule.watch(row.id);
    for (const server of this.#early.values()) this.setLaunched(server);
    this.#early.clear();
    this.#announce();
  }

  /** Ends the checks, running ones too. */
  async stop(): Promise<void> {
    await this.#schedule.stop();
    await this.#agent?.destroy();
    this.#agent = null;
  }

  /** The environment's first, then in the order in which they were made. */
  list(): Endpoint[] {
    return [...this.#known.values()].map(toEndpoint);
  }

  get(id: string): Endpoint {
    return toEndpoint(this.#find(id));
  }

  find(id: string): Endpoint | null {
    const known = this.#known.get(id);
    return known === undefined ? null : toEndpoint(known);
  }

  /** Whatever its status. */
  target(id: string): EndpointTarget {
    return targetOf(this.#find(id));
  }

  /** See `chooseDefault`. Throws NO_ENDPOINT. */
  defaultTarget(): EndpointTarget {
    return targetOf(chooseDefault([...this.#known.values()], this.#parts.isMqttDefault ?? false));
  }

  /** What the supervisor knows of a process that serves, after each change of it. One that was never ready is not listed. Never throws. */
  setLaunched(server: LaunchedServer): void {
    const id = server.processId;
    if (this.#agent === null) {
      this.#early.set(id, server);
      return;
    }
    const known = this.#known.get(id) ?? this.#firstReady(server);
    if (known === null || known.row.source !== 'launched') return;
    const before = known.server;
    known.server = server;
    if (server.state !== 'ready' || server.baseUrl === null) this.#rest(known);
    else if (
      !this.#schedule.isWatched(id) ||
      before?.baseUrl !== server.baseUrl ||
      before.apiKey !== server.apiKey
    )
      this.#wake(known);
    this.#announce();
  }

  /** The process was forgotten: so is its endpoint, unless a request would launch it. */
  removeLaunched(processId: string): void {
    this.#early.delete(processId);
    const known = this.#known.get(processId);
    if (known?.row.source !== 'launched') return;
    this.#quietly(() => this.#rows.remove(processId));
    if (known.onDemand === null) return this.#forget(processId);
    known.server = null;
    known.isLasting = false;
    this.#rest(known);
    this.#announce();
  }

  /** All servers that requests launch, after the start and whenever that changes: they are listed before they ever ran. Never throws. */
  setOnDemand(servers: readonly OnDemandServer[]): void {
    for (const known of this.#known.values()) {
      if (known.onDemand === null || servers.some(({ processId }) => processId === known.row.id)) continue;
      known.onDemand = null;
      if (!known.isLasting) this.removeLaunched(known.row.id);
      else if (isEnded(known.server)) this.#rest(known);
    }
    for (const server of servers) {
      const known =
        this.#known.get(server.processId) ??
        this.#add(launchedRow(server.processId, server.baseUrl, this.#now()), false);
      if (known.row.source === 'launched') this.#expect(known, server);
    }
    this.#announce();
  }

  /** The endpoints of that source become these, and no others: servers behind tunnels, workers behind the broker. What was chosen for them in the page stays. Does nothing unless started. */
  setGiven(source: GivenEndpoint['source'], endpoints: readonly GivenEndpoint[]): void {
    if (this.#agent === null) return;
    const wanted = new Set(endpoints.map(({ id }) => id));
    for (const { row } of this.#known.values())
      if (row.source === source && !wanted.has(row.id)) this.#forget(row.id);
    for (const given of endpoints) this.#give(given);
    this.#announce();
  }

  /** Checks it once before it answers; one that is offline is added all the same. Throws ENDPOINT_EXISTS. */
  async create(input: EndpointInput): Promise<Endpoint> {
    const id = this.#parts.newId();
    refuseTwin(this.#known.values(), { baseUrl: input.baseUrl, id });
    const row = manualRow(id, input, this.#now());
    this.#rows.put(row);
    this.#add(row);
    await this.#schedule.watch(id);
    this.#announce();
    return this.get(id);
  }

  /** What is absent stays. Throws ENDPOINT_EXISTS; INVALID_REQUEST for fields of one that was not added by hand, but its preset and model. */
  async change(id: string, change: EndpointChange): Promise<Endpoint> {
    const known = this.#find(id);
    refuseForeignChange(known.row, change);
    const before = known.row;
    const row = withChange(before, change);
    if (row.baseUrl !== before.baseUrl) refuseTwin(this.#known.values(), row);
    // The key of the environment stays there, that of a tunnel with the tunnel.
    this.#rows.put(row.source === 'environment' || isGiven(row) ? { ...row, apiKey: null } : row);
    known.row = row;
    if (row.baseUrl !== before.baseUrl || row.apiKey !== before.apiKey) {
      known.health = newHealth(row);
      await this.#schedule.watch(id);
    } else if (row.model !== before.model) {
      await this.#schedule.now(id);
    }
    this.#announce();
    return this.get(id);
  }

  /** Those added by hand only; else throws ENDPOINT_IN_USE. */
  remove(id: string): void {
    refuseRemoval(this.#find(id));
    this.#rows.remove(id);
    this.#forget(id);
  }

  /** After a fresh check; a launched one whose process does not run is not asked. */
  async ping(id: string): Promise<Endpoint> {
    this.#find(id);
    await this.#schedule.now(id);
    return this.get(id);
  }

  /** A chat could not reach it: it is checked at once. */
  reportFailure(id: string): void {
    void this.#schedule.now(id);
  }

  #add(row: EndpointRow, isLasting = true): KnownEndpoint {
    const known: KnownEndpoint = {
      row,
      isLasting,
      server: null,
      onDemand: null,
      health: newHealth(row),
      onlineOrder: 0,
    };
    this.#known.set(row.id, known);
    return known;
  }

  #give(given: GivenEndpoint): void {
    const known = this.#known.get(given.id);
    const row = givenRow(
      given,
      known?.row ?? this.#rows.all().find(({ id }) => id === given.id),
      this.#now(),
    );
    if (known !== undefined && known.row.baseUrl === row.baseUrl && known.row.apiKey === row.apiKey)
      known.row = row;
    else void this.#schedule.watch(this.#add(row).row.id);
  }

  #forget(id: string): void {
    this.#schedule.unwatch(id);
    this.#known.delete(id);
    this.#announce();
  }

  #firstReady({ processId, state, baseUrl }: LaunchedServer): KnownEndpoint | null {
    return state === 'ready' && baseUrl !== null
      ? this.#add(launchedRow(processId, baseUrl, this.#now()), false)
      : null;
  }

  /** What was known of an earlier model is forgotten when the next launch brings another. */
  #expect(known: KnownEndpoint, server: OnDemandServer): void {
    const isAnother = known.onDemand !== null && JSON.stringify(known.onDemand) !== JSON.stringify(server);
    known.onDemand = server;
    if (!isEnded(known.server)) return;
    if (isAnother) known.health.facts = null;
    if (!known.isLasting) known.row = { ...known.row, baseUrl: server.baseUrl };
    this.#rest(known);
  }

  /** Its process is ready, which was proven: it counts as online before the first answer. */
  #wake(known: KnownEndpoint): void {
    const { id, baseUrl } = known.row;
    const address = known.server?.baseUrl ?? baseUrl;
    if (address !== baseUrl || !known.isLasting) {
      known.isLasting = true;
      known.row = { ...known.row, baseUrl: address };
      this.#quietly(() => this.#rows.put(known.row));
    }
    known.health = unknownHealth({ status: 'online', ...NO_PROBLEM });
    known.onlineOrder = this.#onlineCount += 1;
    void this.#schedule.watch(id);
  }

  /** Its process serves nobody: nothing is asked. What was known of its model is shown until the next one is loaded. */
  #rest(known: KnownEndpoint): void {
    this.#schedule.unwatch(known.row.id);
    const found = statusOfProcess(known.row.id, known.server, known.onDemand !== null);
    const { facts, checkedAt } = known.health;
    known.health = { ...unknownHealth(found), checkedAt, facts: found.status === 'offline' ? facts : null };
  }

  async #probe(id: string, { isFresh, signal }: { isFresh: boolean; signal: AbortSignal }): Promise<number> {
    const known = this.#known.get(id);
    const dispatcher = this.#agent;
    if (known === undefined || dispatcher === null) return this.#timing.maxOfflineMs;
    const { row, health } = known;
    const apiKey = apiKeyOf(known);
    const at = performance.now();
    const isSteady = !isFresh && health.failures === 0 && at - health.factsAt < this.#timing.factsMs;
    const probed = await probeEndpoint({
      ask: (path) =>
        askServer(row.baseUrl + path, { apiKey, dispatcher, signal, timeoutMs: this.#timing.timeoutMs }),
      hasApiKey: apiKey !== null,
      model: row.model,
      routes: isSteady ? health.routes : null,
    });
    if (signal.aborted) return 0;
    const wasOnline = known.health.status === 'online';
    known.health = afterRound(known.health, probed, { isFresh, at, checkedAt: this.#now() });
    if (!wasOnline && known.health.status === 'online') known.onlineOrder = this.#onlineCount += 1;
    this.#announce();
    return delayAfter(known.health, this.#timing, (this.#parts.random ?? Math.random)());
  }

  #announce(): void {
    const shown = shownOf(this.list());
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.changed.emit();
  }

  #find(id: string): KnownEndpoint {
    const known = this.#known.get(id);
    if (known !== undefined) return known;
    throw new AppError(
      'ENDPOINT_NOT_FOUND',
      `There is no endpoint "${id}". GET /api/endpoints lists the known ones.`,
    );
  }

  /** For news from the supervisor: a full disk must not keep a server from being used. */
  #quietly(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.#parts.logger?.warn({ problem: messageOf(error) }, 'a launched endpoint was not stored');
    }
  }

  #now(): string {
    return (this.#parts.now?.() ?? new Date()).toISOString();
  }
}
