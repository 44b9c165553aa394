/** The spine of every request for a model: find an upstream, wait for its turn, call it, and try another while none has begun to answer. */
import { Agent } from 'undici';
import { HOPS_HEADER } from '#contract/gateway-headers';
import { Catalog } from './models/catalog.ts';
import type { EndpointsPort, RoutesPort } from './models/catalog.ts';
import { queueFull, Search } from './search.ts';
import type { Found } from './search.ts';
import type { ModelsPort, OpenResponse, ServingRequest, Target } from './serving-request.ts';
import { UpstreamFailure } from './upstream-failure.ts';
import { callUpstream } from './upstreams/call-upstream.ts';
import type { BegunResponse, CallBeginning, CallEnd, Transport } from './upstreams/call-upstream.ts';
import { Upstreams } from './upstreams/upstreams.ts';
import type { Pick as Turn, Wait } from './upstreams/upstreams.ts';
import { WaitingBytes } from './upstreams/waiting-bytes.ts';

export interface ServingDeps {
  endpoints: EndpointsPort;
  models: ModelsPort;
  routes: RoutesPort;
  /** LLM_TIMEOUT: until an upstream's head, and the longest silence after it. */
  timeoutMs: number;
  connectTimeoutMs?: number;
  /** Milliseconds, for breakers and cooldowns. */
  now?: () => number;
  /** Most requests that may wait for a slot. */
  maxQueued?: number;
  /** Of the bodies of all requests that wait. */
  maxWaitingBytes?: number;
}

const MAX_QUEUED = 256;
/** In memory they take about twice as much: as they came, and parsed. */
const MAX_WAITING_BYTES = 256 * 1024 ** 2;
const CONNECT_TIMEOUT_MS = 5_000;

export class Serving {
  readonly catalog: Catalog;
  readonly #deps: ServingDeps;
  readonly #upstreams: Upstreams;
  readonly #waitingBytes: WaitingBytes;
  #agent: Agent | null = null;
  #unsubscribe = (): void => {};

  constructor(deps: ServingDeps) {
    const { endpoints, models, routes, now } = deps;
    this.#deps = deps;
    this.#upstreams = new Upstreams({
      enter: (id) => models.enter(id),
      check: (id) => endpoints.reportFailure(id),
      maxQueued: deps.maxQueued ?? MAX_QUEUED,
      now,
    });
    this.#waitingBytes = new WaitingBytes(deps.maxWaitingBytes ?? MAX_WAITING_BYTES);
    this.catalog = new Catalog({ endpoints, routes, upstreams: this.#upstreams });
  }

  start(): void {
    this.catalog.start();
    this.#unsubscribe = this.#deps.endpoints.changed.subscribe(() => this.#upstreams.advance());
    // One request per connection: behind a long response another would wait for its end. HTTP/1.1: an abort closes the connection, which every server notices.
    this.#agent = new Agent({
      connections: null,
      pipelining: 1,
      allowH2: false,
      maxHeaderSize: 64 * 1024,
      connect: { timeout: this.#deps.connectTimeoutMs ?? CONNECT_TIMEOUT_MS },
    });
  }

  /** After its callers: what is still open is cut. */
  async stop(): Promise<void> {
    const agent = this.#agent;
    this.#agent = null;
    this.#unsubscribe();
    await agent?.destroy();
  }

  /** Resolves when an upstream has begun to answer. Rejects with an UpstreamFailure, the signal's reason, or what `body` threw. */
  async open(request: ServingRequest): Promise<OpenResponse> {
    const search = new Search(request, {
      upstreams: this.#upstreams,
      models: this.#deps.models,
      wait: this.#waitOf(request),
    });
    try {
      for (let found = await search.next(); found !== null; found = await search.next()) {
        const outcome = await this.#ask(request, found);
        if (outcome.kind === 'begun') return this.#opened(request, found.pick, outcome);
        if (outcome.kind === 'aborted') throw request.signal.reason;
        search.failed(outcome);
      }
      throw search.failure;
    } finally {
      search.end();
    }
  }

  /** Whether a chosen endpoint, or one that stands in for it, can be asked. */
  canServe(chain: ServingRequest['chain']): boolean {
    return chain.some((resolve) => this.#upstreams.canServe(resolve()));
  }

  /** One question to an endpoint beside its slots, such as `/tokenize`. Rejects as `open`; any status is a response. */
  async ask(
    { endpoint, apiKey }: Target,
    { path, body, signal }: { path: string; body: Buffer; signal: AbortSignal },
  ): Promise<{ status: number; body: Buffer }> {
    const outcome = await callUpstream({
      transport: this.#transport(),
      baseUrl: endpoint.baseUrl,
      path,
      headers: { 'content-type': 'application/json', ...authorization(apiKey) },
      body,
      endpointId: endpoint.id,
      model: endpoint.model ?? endpoint.id,
      apiKey,
      timeoutMs: this.#deps.timeoutMs,
      fits: () => true,
      began: () => {},
      signal,
    });
    if (outcome.kind === 'aborted') throw signal.reason;
    if (outcome.kind === 'failed') throw outcome.failure;
    const parts: Buffer[] = [];
    outcome.pipe({ write: (chunk) => parts.push(chunk) > 0, onDrain: () => {} });
    const end = await outcome.ended;
    if (end.kind === 'aborted') throw signal.reason;
    if (end.kind === 'failed') throw end.failure;
    return { status: outcome.head.status, body: Buffer.concat(parts) };
  }

  /** The pick is settled, whatever is thrown. */
  async #ask(request: ServingRequest, { pick, model, reason }: Found): Promise<CallBeginning> {
    const { endpoint } = pick.candidate;
    let outcome: BegunResponse | CallEnd = { kind: 'aborted' };
    try {
      request.onAsk({ endpoint, reason });
      const body = await request.body(pick.candidate);
      outcome = await this.#call(request, pick, { body, model });
      if (outcome.kind === 'failed' && outcome.isStale) {
        outcome = await this.#call(request, pick, { body, model });
      }
      return outcome;
    } finally {
      if (outcome.kind !== 'begun') this.#settle(pick, outcome);
    }
  }

  #call(
    request: ServingRequest,
    pick: Turn,
    { body, model }: { body: Buffer; model: string },
  ): Promise<CallBeginning> {
    const { endpoint } = pick.candidate;
    const { apiKey } = this.#deps.endpoints.target(endpoint.id);
    const isGateway = endpoint.isGateway === true;
    return callUpstream({
      transport: this.#transport(),
      baseUrl: endpoint.baseUrl,
      path: isGateway ? request.gatewayPath : request.path,
      headers: {
        ...request.headers,
        ...(isGateway && request.hops !== '' ? { [HOPS_HEADER]: request.hops } : {}),
        ...authorization(apiKey),
      },
      body,
      endpointId: endpoint.id,
      model,
      apiKey,
      timeoutMs: this.#deps.timeoutMs,
      fits: request.fits,
      began: pick.began,
      signal: request.signal,
    });
  }

  #opened(request: ServingRequest, pick: Turn, begun: BegunResponse): OpenResponse {
    const ended = this.#endOf(request, pick, begun);
    // A caller that leaves does not wait for the end.
    ended.catch(() => undefined);
    return {
      endpoint: pick.candidate.endpoint,
      apiKey: this.#deps.endpoints.target(pick.candidate.endpoint.id).apiKey,
      head: begun.head,
      leave: begun.leave,
      pipe: (sink) => {
        begun.pipe(sink);
        return ended;
      },
    };
  }

  async #endOf(request: ServingRequest, pick: Turn, begun: BegunResponse): Promise<void> {
    const end = await begun.ended;
    this.#settle(pick, end);
    if (end.kind === 'aborted') throw request.signal.reason;
    if (end.kind === 'failed') throw end.failure;
  }

  #settle(pick: Turn, end: CallEnd): void {
    const { id } = pick.candidate.endpoint;
    if (end.kind === 'failed') {
      if (end.cooldownMs !== null) this.#upstreams.cooldown(id, end.cooldownMs);
      if (end.loopsAt !== null) this.#upstreams.learnGateway(id, end.loopsAt);
    }
    pick.settle(howItWent(end));
    if (end.kind === 'failed' && end.wantsCheck) this.#deps.endpoints.reportFailure(id);
  }

  /** While it waits, its place is reported and its body counts. */
  #waitOf(request: ServingRequest): Wait {
    return async (work) => {
      const release = this.#waitingBytes.hold(request.heldBytes);
      if (release === null) throw queueFull(request.chain[0]?.().name ?? '');
      try {
        return await work((place) => request.onPlace(place));
      } finally {
        release();
        request.onPlace(null);
      }
    };
  }

  #transport(): Transport {
    if (this.#agent !== null) return this.#agent;
    throw new UpstreamFailure({
      code: 'shutting_down',
      message: 'The runner is being stopped.',
      retryAfterMs: 5_000,
    });
  }
}

function howItWent(end: CallEnd): Parameters<Turn['settle']>[0] {
  if (end.kind === 'answered') return 'worked';
  if (end.kind === 'aborted') return 'unknown';
  if (end.isSilent) return 'silent';
  return end.isFault ? 'failed' : 'unknown';
}

function authorization(apiKey: string | null): { authorization?: string } {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}
