/** The spine of `/v1`: read the request, admit it, find who serves its model, ask one after the other, account for it. */
import { randomUUID } from 'node:crypto';
import { Agent } from 'undici';
import type { GatewayLiveRequest, GatewayRequest } from '#contract/gateway';
import { Signal } from '../base/signal.ts';
import { askUpstreams, takesSlot } from '../serving/upstreams/ask-upstreams.ts';
import { Catalog } from '../serving/upstreams/catalog.ts';
import type { ListedModel } from '../serving/upstreams/catalog.ts';
import { estimatePromptTokens } from './accounting/estimate-prompt.ts';
import { Exchange } from './exchange.ts';
import type { GatewayCall } from './exchange.ts';
import { AdmissionError } from './keys/limits-admission-error.ts';
import {
  GatewayError,
  internalError,
  keyRevoked,
  requestCancelled,
  shuttingDown,
} from './openai/openai-error.ts';
import type {
  AccountingPort,
  AdmissionPort,
  Caller,
  EndpointsPort,
  ModelsPort,
  RoutesPort,
} from './ports.ts';
import { readBody, readWish } from './openai/read-request.ts';
import { refusedRequest } from './accounting/refused-request.ts';
import { Upstreams } from '../serving/upstreams/upstreams.ts';
import { WaitingBytes } from '../serving/upstreams/waiting-bytes.ts';

export interface GatewayParts {
  endpoints: EndpointsPort;
  models: ModelsPort;
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
  /** Most requests that may wait for a slot. */
  queueLimit?: number;
  /** Of the bodies of requests that wait, all together. */
  waitingBytesLimit?: number;
  /** How often the client of a stream hears that it waits. */
  commentEveryMs?: number;
}

const QUEUE_LIMIT = 256;
/** Clients and proxies give up on silence after 30 s or more. */
const COMMENT_EVERY_MS = 10_000;
/** In memory they take about twice as much: as they came, and parsed. */
const WAITING_BYTES_LIMIT = 256 * 1024 ** 2;
const BODY_LIMIT_BYTES = 20 * 1024 ** 2;
/** At a stop: for clients that do not take the end of their answer. */
const CLOSE_TIMEOUT_MS = 1_000;

export class Gateway {
  /** `live` has changed. With every request: look at it now and then, not each time. */
  readonly changed = new Signal<void>();
  readonly #parts: GatewayParts;
  readonly #upstreams: Upstreams;
  readonly #catalog: Catalog;
  readonly #waitingBytes: WaitingBytes;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #endings = new Set<Promise<void>>();
  #agent: Agent | null = null;
  #unsubscribe = (): void => {};

  constructor(parts: GatewayParts) {
    this.#parts = parts;
    const { models, endpoints, queueLimit = QUEUE_LIMIT, now } = parts;
    this.#upstreams = new Upstreams({ models, queueLimit, now, check: (id) => endpoints.reportFailure(id) });
    this.#waitingBytes = new WaitingBytes(parts.waitingBytesLimit ?? WAITING_BYTES_LIMIT);
    this.#catalog = new Catalog({ ...parts, upstreams: this.#upstreams });
  }

  start(): void {
    this.#catalog.start();
    this.#unsubscribe = this.#parts.endpoints.changed.subscribe(() => this.#upstreams.advance());
    // One request per connection: behind a long answer another would wait for its end. HTTP/1.1: an abort closes the connection, which every server notices.
    this.#agent = new Agent({
      connections: null,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: 64 * 1024,
      connect: { timeout: this.#parts.connectTimeoutMs ?? 5e3 },
    });
  }

  /** Open streams end with an error event. Resolves when their clients have it. */
  async stop(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    this.#unsubscribe();
    for (const exchange of this.#exchanges.values()) exchange.abort(shuttingDown());
    await Promise.all([...this.#exchanges.values()].map((exchange) => exchange.closed(CLOSE_TIMEOUT_MS)));
    await Promise.all(this.#endings);
    await agent?.destroy();
  }

  /** Models that this client may use now. Throws GatewayError. */
  async models(caller: Caller): Promise<ListedModel[]> {
    const { canUse } = await this.#parts.admission.check({ ...caller, model: null, group: 'models' });
    return this.#catalog.list().filter(({ id }) => canUse?.(id) ?? true);
  }

  /** Also under a short name or an alias that the list does not show. Throws 404 model_not_found. */
  async model(caller: Caller, name: string): Promise<ListedModel> {
    const admitted = await this.#parts.admission.check({ ...caller, model: name, group: 'models' });
    return this.#catalog.get(name, admitted);
  }

  /** Answers the client, whatever happens; never throws. */
  async answer(call: GatewayCall): Promise<void> {
    const exchange = new Exchange(call);
    this.#exchanges.set(exchange.id, exchange);
    this.#announce();
    const ending = this.#serve(exchange)
      .catch((error: unknown) =>
        exchange.fail(exchange.signal.aborted ? exchange.signal.reason : this.explain(error)),
      )
      .then(() => this.#account(exchange))
      .catch((error: unknown) => void this.explain(error))
      .then(() => exchange.closed(this.#stallMs()))
      .finally(() => {
        this.#exchanges.delete(exchange.id);
        this.#announce();
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

  /** Ends what a key that was revoked has under way. */
  cutKey(keyId: string): void {
    for (const exchange of this.#exchanges.values())
      if (exchange.admitted?.keyId === keyId) exchange.abort(keyRevoked());
  }

  /** Requests that wait for a slot or for a model to be loaded. */
  get waiting(): number {
    return [...this.#exchanges.values()].filter(({ place }) => place !== null).length;
  }

  /** Anything thrown, as clients may read it; what nobody foresaw goes to the log. */
  explain(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof AdmissionError) return refused(error);
    const id = randomUUID();
    this.#parts.logger.error({ id, err: error }, 'a gateway request failed');
    return internalError(id, error);
  }

  /** For what was refused before `answer` took it up, such as a list of models asked for with a wrong key. */
  accountRefusal(error: GatewayError, route: string): void {
    const refused = refusedRequest(error, route);
    if (refused !== null) this.#parts.accounting.record(refused);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { admission, endpoints, models, timeoutMs } = this.#parts;
    const dispatcher = this.#agent;
    if (dispatcher === null) throw shuttingDown();
    admission.identify(exchange.call.caller);
    const limitBytes = this.#parts.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    const wish = readWish(await readBody(exchange.call.req, { limitBytes, signal: exchange.signal }));
    exchange.isStream = wish.isStream;
    exchange.body = wish.body;
    const { name, chain } = this.#catalog.wanted(wish.model);
    exchange.model = name;
    const { call } = exchange;
    const admitted = await admission.check({ ...call.caller, model: name, group: call.group });
    exchange.admitted = admitted;
    exchange.answer.setHeaders(admitted.headers);
    exchange.signal.throwIfAborted();
    await askUpstreams({
      exchange,
      wish,
      endpoints,
      dispatcher,
      timeoutMs,
      models,
      upstreams: this.#upstreams,
      stallMs: this.#stallMs(),
      chain: chain(admitted),
      commentEveryMs: this.#parts.commentEveryMs ?? COMMENT_EVERY_MS,
      waitingBytes: this.#waitingBytes,
    });
  }

  async #account(exchange: Exchange): Promise<void> {
    const { accounting, admission } = this.#parts;
    const record = exchange.record();
    accounting.record(record);
    const { admitted, answer } = exchange;
    if (admitted === null) return;
    const tokens =
      (record.promptTokens ?? promptOfLeaver(exchange, record)) +
      (record.completionTokens ?? answer.meter.events);
    exchange.body = null;
    await admission.spend(admitted.keyId, { requests: 1, tokens });
  }

  /** A fault of a listener is none of the request. */
  #announce(): void {
    try {
      this.changed.emit();
    } catch (error) {
      this.explain(error);
    }
  }

  #stallMs(): number {
    return this.#parts.stallMs ?? this.#parts.timeoutMs;
  }
}

/** A client that leaves before the server has told its tokens: its prompt was worked on all the same, and must not be free. */
function promptOfLeaver({ body, state, call }: Exchange, { errorCode }: GatewayRequest): number {
  const wasAsked = errorCode === 'client_closed' && state === 'asked' && takesSlot(call.path);
  return wasAsked && body !== null ? estimatePromptTokens(body) : 0;
}

function refused(error: AdmissionError): GatewayError {
  const { status, code, message, headers } = error;
  return new GatewayError({ status, code, message, headers, cause: error });
}
