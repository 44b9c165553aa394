/** Prometheus metrics of the gateway: counts requests as they end, in a bounded number of series whatever names clients make up. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import type { GatewayLiveRequest, GatewayRequest } from '#contract/gateway';
import type { Signal } from '../base/signal.ts';

export interface GatewayFigures {
  finished: Signal<GatewayRequest>;
  live: () => readonly GatewayLiveRequest[];
}

/** Sets of labels beyond these are counted together, as "other". */
const MOST_SERIES = { requests: 1000, models: 100 };
const FIRST_TOKEN_BUCKETS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const DURATION_BUCKETS = [0.1, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Ended from outside: neither an answer nor a fault. */
const CUT_CODES: ReadonlySet<string | null> = new Set([
  'client_closed',
  'request_cancelled',
  'shutting_down',
]);

/** `key` is the key's name. `status` is the class (2xx, 4xx, 5xx), or "cut": the client left, or the request was cancelled. "none": not known. */
export function countGateway(registry: Registry, { finished, live }: GatewayFigures): void {
  const registers = [registry];
  const byModel = { labelNames: ['model'] as const, registers };
  const requests = new Counter({
    name: 'llm_gateway_requests_total',
    help: 'Requests that have ended',
    registers,
    labelNames: ['model', 'key', 'upstream', 'status'] as const,
  });
  const tokens = new Counter({
    name: 'llm_gateway_tokens_total',
    help: 'Tokens, as far as servers tell them',
    registers,
    labelNames: ['model', 'kind'] as const,
  });
  const firstToken = new Histogram({
    name: 'llm_gateway_first_token_seconds',
    help: 'From the request to the first token of a stream',
    buckets: FIRST_TOKEN_BUCKETS,
    ...byModel,
  });
  const duration = new Histogram({
    name: 'llm_gateway_request_duration_seconds',
    help: 'Requests that were answered',
    buckets: DURATION_BUCKETS,
    ...byModel,
  });
  registerGauges(registry, live);

  const isCounted = { requests: upTo(MOST_SERIES.requests), models: upTo(MOST_SERIES.models) };
  finished.subscribe((request) => {
    const status = statusOf(request);
    const named = {
      model: modelOf(request),
      key: request.keyName ?? 'none',
      upstream: request.endpointId ?? 'none',
    };
    const isOwn = isCounted.requests(JSON.stringify([...Object.values(named), status]));
    requests.inc({ ...(isOwn ? named : { model: 'other', key: 'other', upstream: 'other' }), status });
    const model = isCounted.models(named.model) ? named.model : 'other';
    add(request.promptTokens, (count) => tokens.inc({ model, kind: 'prompt' }, count));
    add(request.completionTokens, (count) => tokens.inc({ model, kind: 'completion' }, count));
    if (request.isStream) add(request.firstTokenMs, (ms) => firstToken.observe({ model }, ms / 1000));
    if (status === '2xx') add(request.durationMs, (ms) => duration.observe({ model }, ms / 1000));
  });
}

function registerGauges(registry: Registry, live: GatewayFigures['live']): void {
  const count = (name: string, help: string, isMeant: (request: GatewayLiveRequest) => boolean): void =>
    registry.registerMetric(
      new Gauge({
        name,
        help,
        registers: [],
        collect() {
          this.set(live().filter(isMeant).length);
        },
      }),
    );
  count(
    'llm_gateway_live_requests',
    'Requests that are being answered, those that wait included',
    () => true,
  );
  count(
    'llm_gateway_queued_requests',
    'Requests that wait for a free slot or for a model to be loaded',
    ({ place }) => typeof place === 'number',
  );
}

function statusOf({ status, errorCode }: GatewayRequest): string {
  return CUT_CODES.has(errorCode) ? 'cut' : `${Math.floor(status / 100)}xx`;
}

/** A name is proven by a server that was asked, or by a fault of its servers. Anything else a client may have made up. */
function modelOf({ model, endpointId, status }: GatewayRequest): string {
  if (model === null) return 'none';
  return endpointId !== null || status > 500 ? model : 'unknown';
}

/** Servers tell these numbers: one that is none must not throw. */
function add(value: number | null, count: (value: number) => void): void {
  if (value !== null && Number.isFinite(value) && value >= 0) count(value);
}

/** Whether a name is among the first so many. */
function upTo(most: number): (name: string) => boolean {
  const names = new Set<string>();
  return (name) => {
    if (names.size < most) names.add(name);
    return names.has(name);
  };
}
