/** The spine of `/v1`: read the request, admit it, find who serves its model, ask one after the other, account for it. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import type { Endpoint } from '#contract/endpoint';
import type { GatewayLiveRequest } from '#contract/gateway';
import { AppError } from '../errors.ts';
import { Signal } from '../signal.ts';
import { askUpstreams } from './ask-upstreams.ts';
import { Exchange } from './exchange.ts';
import type { GatewayCall } from './exchange.ts';
import { AdmissionError } from './limits-admission-error.ts';
import { knownNames, listedModels, resolveModel } from './models-of-endpoints.ts';
import type { Directory, ResolvedModel } from './models-of-endpoints.ts';
import { nearNames } from './near-names.ts';
import { GatewayError, internalError, modelNotFound, noUpstream, requestCancelled, shuttingDown } from './openai-error.ts';
import type { AccountingPort, AdmissionPort, Admitted, Caller, EndpointsPort, RoutesPort } from './ports.ts';
import { readBody, readWish } from './read-request.ts';
import type { ClientWish } from './read-request.ts';
import { Upstreams } from './upstreams.ts';

export interface GatewayParts {
  endpoints: EndpointsPort;
  routes: RoutesPort;
  admission: AdmissionPort;
  accounting: AccountingPort;
  /** LLM_TIMEOUT: until an upstream's headers, and the longest silence after them. */
  timeoutMs: number;
  logger: { error: (fields: object, message: string) => void };
  bodyLimitBytes?: number;
  connectTimeoutMs?: number;
  /** How long a client may take nothing of its stream. */
  stallMs?: number;
  /** Milliseconds, for the circuit breakers. */
  now?: () => number;
}

/** As `GET /v1/models` lists it. */
export interface ListedModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

const BODY_LIMIT_BYTES = 20 * 1024 ** 2;
/** At a stop: for clients that do not take the end of their answer. */
const CLOSE_TIMEOUT_MS = 1_000;

export class Gateway {
  /** `live` has changed. With every request: look at it now and then, not each time. */
  readonly changed = new Signal<void>();
  readonly #parts: GatewayParts;
  readonly #upstreams: Upstreams;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #endings = new Set<Promise<void>>();
  #agent: Agent | null = null;
  #startedAt = new Date(0);

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    this.#upstreams = new Upstreams(parts.now);
  }

  start(): void {
    this.#startedAt = new Date();
    // One request per connection: behind a long answer another would wait for its end. HTTP/1.1: an abort closes the connection, which every server notices.
    this.#agent = new Agent({
      ...{ connections: null, pipelining: 1, allowH2: false, maxHeaderSize: 64 * 1024 },
      connect: { timeout: this.#parts.connectTimeoutMs ?? 5_000 },
    });
  }

  /** Open streams end with an error event. Resolves when their clients have it. */
  async stop(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    for (const exchange of this.#exchanges.values()) exchange.abort(shuttingDown());
    await Promise.all([...this.#exchanges.values()].map((exchange) => exchange.closed(CLOSE_TIMEOUT_MS)));
    await Promise.all(this.#endings);
    await agent?.destroy();
  }

  /** Models that this client may use now. Throws GatewayError. */
  async models(caller: Caller): Promise<ListedModel[]> {
    const { canUse } = await this.#parts.admission.check({ ...caller, model: null, group: 'models' });
    return this.#listed(this.#directory()).filter(({ id }) => canUse?.(id) ?? true);
  }

  /** Also under a short name or an alias that the list does not show. Throws 404 model_not_found. */
  async model(caller: Caller, name: string): Promise<ListedModel> {
    const admitted = await this.#parts.admission.check({ ...caller, model: name, group: 'models' });
    const directory = this.#directory();
    const listed = this.#listed(directory).find(({ id }) => id === name);
    if (listed !== undefined) return listed;
    const candidates = resolveModel(name, directory)?.candidates ?? [];
    if (candidates.length === 0) throw unknownModel(name, directory, admitted);
    const online = candidates.find(({ endpoint }) => endpoint.status === 'online');
    if (online === undefined) throw noUpstream(`No server of the model "${name}" is online. Launch it on the gateway's machine.`, null);
    return this.#entry(name, online.endpoint);
  }

  /** Answers the client, whatever happens; never throws. */
  async answer(call: GatewayCall): Promise<void> {
    const exchange = new Exchange(call);
    this.#exchanges.set(exchange.id, exchange);
    this.changed.emit();
    const ending = this.#serve(exchange)
      .catch((error: unknown) => exchange.fail(exchange.signal.aborted ? exchange.signal.reason : this.explain(error)))
      .then(() => this.#account(exchange))
      .catch((error: unknown) => void this.explain(error))
      .then(() => exchange.closed(this.#stallMs()))
      .finally(() => {
        this.#exchanges.delete(exchange.id);
        this.changed.emit();
      });
    this.#endings.add(ending);
    await ending.finally(() => this.#endings.delete(ending));
  }

  /** Requests that are being answered, in the order in which they came. */
  live(): GatewayLiveRequest[] {
    return [...this.#exchanges.values()].map((exchange) => exchange.live());
  }

  /** False: there is no such request any more. */
  cancel(id: string): boolean {
    const exchange = this.#exchanges.get(id);
    exchange?.abort(requestCancelled());
    return exchange !== undefined;
  }

  /** Anything thrown, as clients may read it; what nobody foresaw goes to the log. */
  explain(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof AdmissionError) return refused(error);
    const id = randomUUID();
    this.#parts.logger.error({ id, err: error }, 'a gateway request failed');
    return internalError(id, error);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { admission, endpoints, timeoutMs } = this.#parts;
    const dispatcher = this.#agent;
    if (dispatcher === null) throw shuttingDown();
    admission.identify(exchange.call.caller);
    const limitBytes = this.#parts.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    const wish = readWish(await readBody(exchange.call.req, { limitBytes, signal: exchange.signal }));
    exchange.isStream = wish.isStream;
    const unnamed = wish.model === null ? this.#default() : null;
    exchange.model = wish.model ?? unnamed?.name ?? null;
    const { call, model } = exchange;
    const admitted = await admission.check({ ...call.caller, model, group: call.group });
    exchange.admitted = admitted;
    exchange.answer.setHeaders(admitted.headers);
    exchange.signal.throwIfAborted();
    const chain = unnamed === null ? this.#chain(wish, admitted) : [unnamed];
    const stallMs = this.#stallMs();
    await askUpstreams({ exchange, wish, chain, upstreams: this.#upstreams, endpoints, dispatcher, timeoutMs, stallMs });
  }

  /** The model and those that stand in for it. */
  #chain({ model }: ClientWish, admitted: Admitted): ResolvedModel[] {
    const directory = this.#directory();
    const name = model ?? '';
    const first = resolveModel(name, directory);
    if (first === null) throw unknownModel(name, directory, admitted);
    return [first, ...first.fallback.flatMap((name) => resolveModel(name, directory) ?? [])];
  }

  /** Where a request goes that names no model, as llama-server takes it: the endpoint that the chat uses. */
  #default(): ResolvedModel {
    try {
      const { endpoint } = this.#parts.endpoints.defaultTarget();
      this.#upstreams.observe([endpoint]);
      return { name: endpoint.model ?? endpoint.id, candidates: [{ endpoint, model: null, weight: 1, priority: 0 }], fallback: [] };
    } catch (error) {
      if (error instanceof AppError) throw noUpstream(error.message, null);
      throw error;
    }
  }

  #listed(directory: Directory): ListedModel[] {
    return listedModels(directory).map(({ name, endpoint }) => this.#entry(name, endpoint));
  }

  #entry(id: string, endpoint: Endpoint | null): ListedModel {
    return { id, object: 'model', created: Math.floor(this.#startedAt.getTime() / 1000), owned_by: endpoint?.name ?? 'gateway' };
  }

  #directory(): Directory {
    const endpoints = this.#parts.endpoints.list();
    this.#upstreams.observe(endpoints);
    return { endpoints, routes: this.#parts.routes.list() };
  }

  async #account(exchange: Exchange): Promise<void> {
    const { accounting, admission } = this.#parts;
    const record = exchange.record();
    accounting.record(record);
    const { admitted, answer } = exchange;
    if (admitted === null) return;
    const tokens = (record.promptTokens ?? 0) + (record.completionTokens ?? answer.meter.events);
    await admission.spend(admitted.keyId, { requests: 1, tokens });
  }

  #stallMs(): number {
    return this.#parts.stallMs ?? this.#parts.timeoutMs;
  }
}

function refused({ status, code, message, headers, cause }: AdmissionError): GatewayError {
  return new GatewayError({ status, code, message, headers, cause });
}

/** Names that the key may not use are not hinted at. */
function unknownModel(name: string, directory: Directory, { canUse }: Admitted): GatewayError {
  const known = knownNames(directory).filter((each) => canUse?.(each) ?? true);
  return modelNotFound(name, nearNames(name, known));
}
