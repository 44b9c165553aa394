/** An endpoint in memory: its row, its process, its health, and how all of that looks on the wire. */
import type { Endpoint, EndpointStatus } from '#contract/endpoint';
import { endpointProblem, type EndpointProblem } from '#contract/endpoint-problem';
import type { EndpointRow } from './endpoint-rows.ts';
import { statusOfProcess } from './launched-server.ts';
import type { LaunchedServer } from './launched-server.ts';
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
  health: Health;
  /** Grows with every endpoint that comes online: the newest has the highest. */
  onlineOrder: number;
}

export function unknownHealth({ status, problem, problemCode, problemValues }: EndpointProblem & { status: EndpointStatus }): Health {
  const nothing = { latencyMs: null, checkedAt: null, busySlots: null, facts: null, routes: null };
  return { ...nothing, status, problem, problemCode, problemValues, factsAt: -Infinity, failures: 0 };
}

/** Before the first check. */
export function newHealth(row: EndpointRow): Health {
  if (row.source !== 'launched') return unknownHealth({ status: 'offline', ...endpointProblem('not-checked', {}) });
  return unknownHealth(statusOfProcess(row.id, null));
}

export function apiKeyOf({ row, server }: KnownEndpoint): string | null {
  return row.source === 'launched' ? (server?.apiKey ?? null) : row.apiKey;
}

export function toEndpoint(known: KnownEndpoint): Endpoint {
  const { row, server, health } = known;
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
    model: row.model ?? (server?.model || facts?.models[0]) ?? null,
    models: facts?.models ?? [],
    context: facts?.context ?? server?.context ?? null,
    slots: facts?.slots ?? server?.slots ?? null,
    busySlots: isReachable ? health.busySlots : null,
    vision: facts?.vision ?? server?.vision ?? null,
    hasApiKey: apiKeyOf(known) !== null,
    defaultPresetId: row.defaultPresetId,
    processId: isLaunched ? row.id : null,
    onDemand: false,
    isGateway: false,
    launch: server === null ? null : { recipe: server.recipe, command: server.command },
    latencyMs: isReachable ? health.latencyMs : null,
    checkedAt: health.checkedAt,
    problem: health.problem,
    problemCode: health.problemCode,
    problemValues: health.problemValues,
  };
}
