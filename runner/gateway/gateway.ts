/** The OpenAI face: read the request, admit it, have it served, pass the bytes on, and account for it. */
import { randomUUID } from 'node:crypto';
import type { GatewayLiveRequest, GatewayRequest } from '#contract/gateway';
import { HOPS_HEADER } from '#contract/gateway-headers';
import { Signal } from '../base/signal.ts';
import type { ListedModel } from '../serving/models/catalog.ts';
import { replaceModel } from '../serving/models/replace-model.ts';
import { asHeader, needsSlot } from '../serving/search.ts';
import type { Serving } from '../serving/serving.ts';
import { UpstreamFailure } from '../serving/upstream-failure.ts';
import { conversationOf } from '../serving/upstreams/affinity.ts';
import { estimatePromptTokens } from './accounting/estimate-prompt.ts';
import { refusedRequest } from './accounting/refused-request.ts';
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
import { headersToUpstream } from './openai/pass-headers.ts';
import { readBody, readRequest } from './openai/read-request.ts';
import type { ClientRequest } from './openai/read-request.ts';
import { renderFailure } from './openai/render-failure.ts';
import type { AccountingPort, AdmissionPort, Admitted, Caller } from './ports.ts';

export interface GatewayDeps {
  serving: Serving;
  admission: AdmissionPort;
  accounting: AccountingPort;
  logger: { error: (fields: object, message: string) => void };
  bodyLimitBytes?: number;
  /** How long a client may take nothing of its stream. */
  stallMs: number;
  /** How often the client of a stream hears that it waits. */
  commentEveryMs?: number;
}

/** Clients and proxies give up on silence after 30 s or more. */
const COMMENT_EVERY_MS = 10_000;
const BODY_LIMIT_BYTES = 20 * 1024 ** 2;
/** At a stop: for clients that do not take the end of their answer. */
const CLOSE_TIMEOUT_MS = 1_000;

export class Gateway {
  /** `live` has changed. With every request: read it now and then, not each time. */
  readonly changed = new Signal<void>();
  readonly #deps: GatewayDeps;
  readonly #exchanges = new Map<string, Exchange>();
  readonly #endings = new Set<Promise<void>>();
  #isOpen = false;

  constructor(deps: GatewayDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#isOpen = true;
  }

  /** Open streams end with an error event. Resolves when their clients have it. */
  async stop(): Promise<void> {
    this.#isOpen = false;
    for (const exchange of this.#exchanges.values()) exchange.abort(shuttingDown());
    await Promise.all([...this.#exchanges.values()].map((exchange) => exchange.closed(CLOSE_TIMEOUT_MS)));
    await Promise.all(this.#endings);
  }

  /** Models that this client may use now. Throws GatewayError. */
  async models(caller: Caller): Promise<ListedModel[]> {
    const admitted = await this.#deps.admission.check({ ...caller, model: null, group: 'models' });
    return this.#deps.serving.catalog.list().filter(({ id }) => canUse(admitted, id));
  }

  /** Also under a short name or an alias that the list does not show. Throws 404 model_not_found. */
  async model(caller: Caller, name: string): Promise<ListedModel> {
    const admitted = await this.#deps.admission.check({ ...caller, model: name, group: 'models' });
    return this.#deps.serving.catalog.get(name, (model) => canUse(admitted, model));
  }

  /** Answers the client, whatever happens; never throws. */
  async answer(call: GatewayCall): Promise<void> {
    const { stallMs, commentEveryMs = COMMENT_EVERY_MS } = this.#deps;
    const exchange = new Exchange(call, { stallMs, commentEveryMs });
    this.#exchanges.set(exchange.id, exchange);
    this.#announce();
    const ending = this.#serve(exchange)
      .catch((error: unknown) => this.#refuse(exchange, error))
      .then(() => this.#account(exchange))
      .catch((error: unknown) => void this.explain(error))
      .then(() => exchange.closed(stallMs))
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

  /** Anything thrown, as clients may read it; an unexpected error goes to the log. */
  explain(error: unknown): GatewayError {
    if (error instanceof GatewayError) return error;
    if (error instanceof UpstreamFailure) return renderFailure(error);
    if (error instanceof AdmissionError) return refused(error);
    const id = randomUUID();
    this.#deps.logger.error({ id, err: error }, 'a gateway request failed');
    return internalError(id, error);
  }

  /** For what was refused before `answer` took it up, such as a list of models asked for with a wrong key. */
  accountRefusal(error: GatewayError, route: string): void {
    const record = refusedRequest(error, route);
    if (record !== null) this.#deps.accounting.record(record);
  }

  async #serve(exchange: Exchange): Promise<void> {
    const { admission, serving } = this.#deps;
    if (!this.#isOpen) throw shuttingDown();
    const { call, answer, signal } = exchange;
    admission.identify(call.caller);
    const limitBytes = this.#deps.bodyLimitBytes ?? BODY_LIMIT_BYTES;
    const request = readRequest(await readBody(call.req, { limitBytes, signal }));
    exchange.isStream = request.isStream;
    exchange.body = request.body;
    const { name, chain } = serving.catalog.wanted(request.model);
    exchange.model = name;
    const admitted = await admission.check({ ...call.caller, model: name, group: call.group });
    exchange.admitted = admitted;
    answer.setHeaders(admitted.headers);
    signal.throwIfAborted();
    const response = await serving.open({
      chain: chain((model) => canUse(admitted, model)),
      path: call.path,
      gatewayPath: gatewayPathOf(call),
      headers: headersToUpstream(call.req.headers, exchange.upstreamRequestId),
      hops: String(call.req.headers[HOPS_HEADER] ?? ''),
      body: ({ model }) => bodyFor(request, model),
      conversation: (model) => conversationOf(model, request.body),
      heldBytes: request.raw.length,
      fits: (head) => answer.fits(head),
      onPlace: (place) => exchange.moveTo(place),
      onAsk: ({ endpoint, reason }) => {
        exchange.endpointId = endpoint.id;
        exchange.state = 'asked';
        answer.setHeaders({ 'x-upstream': asHeader(endpoint.id), 'x-upstream-reason': reason });
      },
      signal,
    });
    answer.begin(response.head);
    await response.pipe(answer);
    answer.end();
  }

  /** An upstream's own words pass as they are, where all of them came. */
  #refuse(exchange: Exchange, error: unknown): void {
    if (exchange.signal.aborted) return exchange.fail(exchange.signal.reason);
    const rendered = this.explain(error);
    const original = error instanceof UpstreamFailure ? error.original : null;
    if (original === null || exchange.answer.hasBegun) return exchange.fail(rendered);
    const { head, body } = original;
    // The server was not started for this; it will not be a second later.
    if (head.status === 501) exchange.answer.setHeaders({ 'x-should-retry': 'false' });
    exchange.refuse(rendered, { head, body });
  }

  async #account(exchange: Exchange): Promise<void> {
    const { accounting, admission } = this.#deps;
    const record = exchange.record();
    accounting.record(record);
    const { admitted, answer } = exchange;
    if (admitted === null) return;
    const promptTokens = record.promptTokens ?? estimatedPromptTokens(exchange, record);
    const tokens = promptTokens + (record.completionTokens ?? answer.meter.events);
    exchange.body = null;
    await admission.spend(admitted.keyId, { requests: 1, tokens });
  }

  /** A listener that throws must not fail the request. */
  #announce(): void {
    try {
      this.changed.emit();
    } catch (error) {
      this.explain(error);
    }
  }
}

/** A client that leaves before the server reported its usage: its prompt was processed all the same, and must not be free. */
function estimatedPromptTokens({ body, state, call }: Exchange, { errorCode }: GatewayRequest): number {
  const wasAsked = errorCode === 'client_closed' && state === 'asked' && needsSlot(call.path);
  return wasAsked && body !== null ? estimatePromptTokens(body) : 0;
}

function canUse(admitted: Admitted, model: string): boolean {
  return admitted.canUse?.(model) ?? true;
}

/** llama-server has its tokenizer beside `/v1`, another gateway beneath it, as this one has. */
function gatewayPathOf({ route, path }: GatewayCall): string {
  const query = path.indexOf('?');
  return route + (query === -1 ? '' : path.slice(query));
}

/** `wanted` null: the name that the client used, or none. */
function bodyFor({ raw, model }: ClientRequest, wanted: string | null): Buffer {
  return wanted === null || wanted === model ? raw : replaceModel(raw, wanted);
}

function refused(error: AdmissionError): GatewayError {
  const { status, code, message, headers } = error;
  return new GatewayError({ status, code, message, headers, cause: error });
}
