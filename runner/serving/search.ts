/** What one request has been through: the models it may use, in order, the upstreams it tried, and the failure to report. */
import type { ResolvedModel } from './models/models-of-endpoints.ts';
import type { ModelsPort, ServingRequest } from './serving-request.ts';
import { UpstreamFailure } from './upstream-failure.ts';
import { notAsked } from './upstreams/judge-response.ts';
import type { FailedCall } from './upstreams/judge-response.ts';
import { noUpstream } from './upstreams/upstreams.ts';
import type { Lease, Pick, Turn, Upstreams, Wait, Wanted } from './upstreams/upstreams.ts';

export interface SearchDeps {
  upstreams: Upstreams;
  models: ModelsPort;
  wait: Wait;
}

/** Of one model: the first and at most two others. */
const MAX_TRIES = 3;
/** A server that was loaded and is gone before it could be asked is loaded once more. */
const MAX_LOADS = 2;
/** A recheck knows more after that. */
const RECHECKED_MS = 2_000;
const GONE_RETRY_MS = 10_000;
/** llama-server answers these beside its slots. */
const BESIDE_SLOTS: ReadonlySet<string> = new Set([
  '/tokenize',
  '/detokenize',
  '/apply-template',
  '/v1/messages/count_tokens',
]);

/** An upstream's turn, with what the client may read about the choice. */
export interface Found {
  pick: Pick;
  /** The name under which it was found: the requested model's, or a fallback's. */
  model: string;
  /** `fallback=small; retry=1; least-busy` */
  reason: string;
}

export class Search {
  readonly #request: ServingRequest;
  readonly #deps: SearchDeps;
  /** Position in the chain of models. */
  #at = 0;
  /** Of this model: endpoints that are not to be asked again, and how many were asked. */
  #tried = new Set<string>();
  #asked = 0;
  #tries = 0;
  #loads = 0;
  #hasLoaded = false;
  #lease: Lease | null = null;
  /** Of this model. */
  #last: FailedCall | null = null;
  /** Of the requested model, not of a fallback: it says what the caller can do about it. */
  #reported: UpstreamFailure | null = null;

  constructor(request: ServingRequest, deps: SearchDeps) {
    this.#request = request;
    this.#deps = deps;
  }

  /** The next upstream to ask; null: none is left. Rejects with the signal's reason. */
  async next(): Promise<Found | null> {
    for (; this.#at < this.#request.chain.length; this.#nextModel()) {
      const pick = await this.#nextOfModel();
      if (pick !== null) return this.#found(pick);
      if (this.#isFinal()) return null;
    }
    return null;
  }

  /** The upstream that `next` returned failed. */
  failed(call: FailedCall): void {
    // Where a request comes back to a gateway, no server was asked: an earlier failure says more.
    if (!isLoop(call)) this.#tries += 1;
    if (!isLoop(call) || this.#last === null) this.#last = call;
  }

  /** Why there is no answer. */
  get failure(): UpstreamFailure {
    return this.#reported ?? noUpstream('', 'No server of the model is online.', null);
  }

  end(): void {
    this.#lease?.release();
    this.#lease = null;
  }

  async #nextOfModel(): Promise<Pick | null> {
    while (this.#tries < MAX_TRIES && this.#last?.failure.canRetry !== false) {
      const turn = await this.#turn();
      switch (turn.kind) {
        case 'pick':
          return this.#take(turn);
        case 'load':
          await this.#load(turn.endpointId);
          break;
        case 'queue-full':
          this.#last = notAsked(queueFull(this.#resolve().name));
          return null;
        case 'none':
          // Its servers are left alone: that says more than the loop.
          if (isLoop(this.#last) && this.#deps.upstreams.hasBroken(this.#resolve())) this.#last = null;
          return null;
      }
    }
    return null;
  }

  async #turn(): Promise<Turn> {
    const { signal, hops, path, conversation } = this.#request;
    const { name, candidates } = this.#resolve();
    const wanted: Wanted = {
      model: name,
      resolve: () => this.#resolve(),
      conversation: candidates.length > 1 ? conversation(name) : null,
      tried: this.#tried,
      hops,
      needsSlot: needsSlot(path),
      lease: this.#lease,
    };
    try {
      return await this.#deps.upstreams.next(wanted, { signal, wait: this.#deps.wait });
    } catch (error) {
      this.#last = this.#refusalOf(error);
      return { kind: 'none' };
    }
  }

  #take(pick: Pick): Pick {
    const { id } = pick.candidate.endpoint;
    // The lease goes with the pick, which releases it.
    if (this.#lease?.endpointId === id) this.#lease = null;
    this.end();
    this.#tried.add(id);
    return pick;
  }

  async #load(endpointId: string): Promise<void> {
    this.end();
    const lease = await this.#leaseOf(endpointId);
    if ('kind' in lease) {
      this.#last = lease;
      this.#tried.add(endpointId);
      return;
    }
    this.#lease = lease;
    this.#loads += 1;
    this.#hasLoaded = true;
  }

  async #leaseOf(endpointId: string): Promise<Lease | FailedCall> {
    const { models, upstreams, wait } = this.#deps;
    // It is loaded: the server is frozen or just gone, and loading it would not help.
    const release = this.#isOnline(endpointId) ? null : models.enter(endpointId);
    if (release !== null) {
      release();
      upstreams.recheck(endpointId);
      return notAsked(noAnswer(endpointId));
    }
    if (this.#loads === MAX_LOADS) return notAsked(goneAgain(endpointId));
    const { signal } = this.#request;
    try {
      return { endpointId, release: await wait((onPlace) => models.load(endpointId, { signal, onPlace })) };
    } catch (error) {
      return this.#refusalOf(error);
    }
  }

  #isOnline(endpointId: string): boolean {
    return this.#resolve().candidates.some(
      ({ endpoint }) => endpoint.id === endpointId && endpoint.status === 'online',
    );
  }

  /** Throws what is no failure of the model. */
  #refusalOf(error: unknown): FailedCall {
    if (!this.#request.signal.aborted && error instanceof UpstreamFailure) return notAsked(error);
    throw error;
  }

  #found(pick: Pick): Found {
    const { name } = this.#resolve();
    const parts = [
      ...(this.#at === 0 ? [] : [`fallback=${asHeader(name)}`]),
      ...(this.#asked === 0 ? [] : [`retry=${this.#asked}`]),
      ...(this.#hasLoaded ? ['loaded'] : []),
      pick.reason,
    ];
    this.#asked += 1;
    this.#hasLoaded = false;
    return { pick, model: name, reason: parts.join('; ') };
  }

  #resolve(): ResolvedModel {
    return this.#request.chain[this.#at]?.() ?? { name: '', candidates: [], fallback: [] };
  }

  /** Notes why the model at hand has no answer; true: another model would not help. */
  #isFinal(): boolean {
    const { upstreams } = this.#deps;
    if (this.#last === null) upstreams.recheckClosed(this.#resolve());
    this.#reported ??= this.#last?.failure ?? upstreams.whyNone(this.#resolve());
    return this.#last?.failure.canRetry === false;
  }

  #nextModel(): void {
    this.end();
    this.#at += 1;
    this.#tried = new Set();
    this.#asked = 0;
    this.#tries = 0;
    this.#loads = 0;
    this.#hasLoaded = false;
    this.#last = null;
  }
}

/** `path` as the upstream knows it. */
export function needsSlot(path: string): boolean {
  return !BESIDE_SLOTS.has(path.split('?')[0] ?? '');
}

/** encodeURIComponent throws at half a character. */
export function asHeader(name: string): string {
  return encodeURIComponent(name.toWellFormed());
}

function isLoop(call: FailedCall | null): boolean {
  return call?.failure.code === 'gateway_error' && call.failure.status === 508;
}

export function queueFull(model: string): UpstreamFailure {
  const message = `All servers of the model "${model}" are busy, and too many requests wait already. Try again in a few seconds.`;
  return new UpstreamFailure({ code: 'queue_full', message, model, retryAfterMs: 5_000, canRetry: true });
}

function noAnswer(endpointId: string): UpstreamFailure {
  const message = `The server "${endpointId}" is loaded and does not answer now. It is being checked; try again in a moment.`;
  return noUpstream('', message, RECHECKED_MS);
}

function goneAgain(endpointId: string): UpstreamFailure {
  const message = `The server "${endpointId}" ends as soon as it is loaded. See its log on the gateway's machine.`;
  return noUpstream('', message, GONE_RETRY_MS);
}
