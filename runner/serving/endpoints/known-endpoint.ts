/** An endpoint in memory: its row, its process, its health, and how all of that looks on the wire. */
import type { Endpoint, EndpointStatus } from '#contract/endpoint';
import { endpointProblem, type EndpointProblem } from '#contract/endpoint-problem';
import type { EndpointRow } from './endpoint-rows.ts';
import { isEnded, statusOfProcess } from './launched-server.ts';
import type { LaunchedServer, OnDemandServer } from './launched-server.ts';
import type { KnownRoutes } from './probe-endpoint.ts';
import type { ServerFacts } from './server-answers.ts';

export interface Health extends EndpointProblem {
  status: EndpointStatus;
  latencyMs: number | null;
  checkedAt: string | null;
  busySlots: number | null;
  facts: ServerFacts | null;
  routes: KnownRoutes | null;
  /** When everything was asked last, by the monotonic clock. */
  factsAt: number;
  /** Rounds in a row that found it not online. */
  failures: number;
}

export interface KnownEndpoint {
  row: EndpointRow;
  /** Null for one that was not launched, or whose process nobody has told of in this life of the runner. */
  server: LaunchedServer | null;
  /** What a request would launch; null: none does. */
  onDemand: OnDemandServer | null;
  /** It is listed though no request launches it: its process was ready once. */
  isLasting: boolean;
  health: Health;
  /** Grows with every endpoint that comes online: the newest has the highest. */
  onlineOrder: number;
}

/** To ask it: the only way out for its key. */
export interface EndpointTarget {
  endpoint: Endpoint;
  apiKey: string | null;
}

export function unknownHealth({
  status,
  problem,
  problemCode,
  problemValues,
}: EndpointProblem & { status: EndpointStatus }): Health {
  const nothing = { latencyMs: null, checkedAt: null, busySlots: null, facts: null, routes: null };
  return { ...nothing, status, problem, problemCode, problemValues, factsAt: -Infinity, failures: 0 };
}

/** Before the first check. */
export function newHealth(row: EndpointRow): Health {
  if (row.source !== 'launched')
    return unknownHealth({ status: 'offline', ...endpointProblem('not-checked', {}) });
  return unknownHealth(statusOfProcess(row.id, null));
}

export function apiKeyOf({ row, server }: KnownEndpoint): string | null {
  return row.source === 'launched' ? (server?.apiKey ?? null) : row.apiKey;
}

export function toEndpoint(known: KnownEndpoint): Endpoint {
  const { row, server, onDemand, health } = known;
  // Of one that does not run, what the next request would launch counts.
  const form = onDemand !== null && isEnded(server) ? onDemand : server;
  const isLaunched = row.source === 'launched';
  const { facts } = health;
  const isReachable = health.status === 'online';
  return {
    id: row.id,
    name: row.name,
    baseUrl: row.baseUrl,
    source: row.source,
    status: health.status,
    // Servers that we launch have one model and take any name; the form's is the one that people know.
    model: row.model ?? (form?.model || facts?.models[0]) ?? null,
    models: facts?.models ?? [],
    context: facts?.context ?? form?.context ?? null,
    slots: facts?.slots ?? form?.slots ?? null,
    busySlots: isReachable ? health.busySlots : null,
    vision: facts?.vision ?? form?.vision ?? null,
    hasApiKey: apiKeyOf(known) !== null,
    defaultPresetId: row.defaultPresetId,
    processId: isLaunched ? row.id : null,
    onDemand: onDemand !== null,
    isGateway: facts?.isGateway ?? false,
    launch: server === null ? null : { recipe: server.recipe, command: server.command },
    latencyMs: isReachable ? health.latencyMs : null,
    checkedAt: health.checkedAt,
    problem: health.problem,
    problemCode: health.problemCode,
    problemValues: health.problemValues,
  };
}

export function targetOf(known: KnownEndpoint): EndpointTarget {
  return { endpoint: toEndpoint(known), apiKey: apiKeyOf(known) };
}

/** To tell whether a page would show something else, latencies and times of checks aside. */
export function shownOf(endpoints: readonly Endpoint[]): string {
  return JSON.stringify(endpoints, (key, value: unknown) =>
    key === 'latencyMs' || key === 'checkedAt' ? undefined : value,
  );
}
