/** The upstreams as a whole: which is asked next, who waits for a slot, and what is remembered of how it went (load, breakers, affinity). */
import type { Endpoint } from '#contract/endpoint';
import type { Candidate, ResolvedModel } from '../models/models-of-endpoints.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import { Affinity } from './affinity.ts';
import { Breakers } from './breaker.ts';
import { chooseUpstream, nearestOf } from './choose-upstream.ts';
import type { Choice } from './choose-upstream.ts';
import { Cooldowns } from './cooldowns.ts';
import { KnownGateways } from './known-gateways.ts';
import { Rechecks } from './rechecks.ts';
import { UpstreamLoad } from './upstream-load.ts';
import { WaitingLines } from './waiting-lines.ts';

/** Gives a lease back; a second call does nothing. */
export type Release = () => void;

/** Keeps an endpoint's server loaded until it is released. */
export interface Lease {
  endpointId: string;
  release: Release;
}

export interface Wanted {
  model: string;
  /** As things are now: while a request waits, servers come and go. */
  resolve: () => ResolvedModel;
  /** null: affinity does not matter. */
  conversation: string | null;
  /** Endpoints that are not to be asked again. */
  tried: ReadonlySet<string>;
  /** The gateways that the request has passed, as their header has them. */
  hops: string;
  /** False: the server answers it beside its slots. */
  needsSlot: boolean;
  /** Of the server that was loaded for this request. */
  lease: Lease | null;
}

/** An upstream that was chosen and counts as busy until it is settled. */
export interface Pick {
  kind: 'pick';
  candidate: Candidate;
  reason: string;
  /** Some of its response has come. */
  began: () => void;
  /** "unknown": the client left before anything was proven. "silent": it sent nothing for too long. */
  settle: (how: 'worked' | 'failed' | 'silent' | 'unknown') => void;
}

/** An upstream to ask, one to load first, none, or that too many wait already. */
export type Turn = Pick | { kind: 'load'; endpointId: string } | { kind: 'none' } | { kind: 'queue-full' };

/** Every server that could be asked is full. */
interface Full {
  kind: 'full';
  servers: string[];
}

/** How a request waits: `work` reports its place in the queue. */
export type Wait = <Result>(work: (onPlace: (place: number) => void) => Promise<Result>) => Promise<Result>;

export interface UpstreamsDeps {
  /** Null: it cannot be asked before it is loaded. */
  enter: (endpointId: string) => Release | null;
  /** Most requests that may wait for a slot. */
  maxQueued: number;
  /** Has an endpoint checked at once. */
  check: (endpointId: string) => void;
  now?: (() => number) | undefined;
}

/** Where a server was silent, and has answered no one since the request began. */
const SILENT_COOLDOWN_MS = 10_000;
/** A recheck knows more after that. */
const RECHECKED_MS = 2_000;

export class Upstreams {
  readonly #load = new UpstreamLoad();
  readonly #affinity = new Affinity();
  readonly #lines = new WaitingLines<Turn>();
  readonly #breakers: Breakers;
  readonly #cooldowns: Cooldowns;
  readonly #gateways: KnownGateways;
  readonly #rechecks: Rechecks;
  readonly #deps: UpstreamsDeps;
  /** How many responses each endpoint has begun. */
  readonly #responses = new Map<string, number>();
  /** Endpoints that have not been online since their breaker last closed. */
  readonly #down = new Set<string>();
  #turn = 0;

  constructor(deps: UpstreamsDeps) {
    this.#deps = deps;
    this.#breakers = new Breakers(deps.now);
    this.#cooldowns = new Cooldowns(deps.now);
    this.#gateways = new KnownGateways(deps.now);
    this.#rechecks = new Rechecks(deps);
  }

  /** Takes in the state of the endpoints. One that came back was launched again: its breaker forgets. */
  observe(endpoints: readonly Endpoint[]): void {
    this.#load.observe(endpoints);
    for (const { id, status } of endpoints) {
      if (status !== 'online') this.#down.add(id);
      else if (this.#down.delete(id)) this.#breakers.forget(id);
    }
  }

  /** It had too many requests, or cannot serve: it is asked again after that time, or when no other can be asked. */
  cooldown(id: string, forMs: number): void {
    this.#cooldowns.begin(id, forMs);
  }

  /** A request that it was sent came back. */
  learnGateway(endpointId: string, gatewayId: string): void {
    this.#gateways.learn(endpointId, gatewayId);
  }

  /** Servers came or went: some that wait may have their turn. */
  advance(): void {
    if (this.#lines.length > 0) this.#lines.advance();
  }

  /** Waits while every server of the model is full. Rejects with the signal's reason. */
  async next(wanted: Wanted, { signal, wait }: { signal: AbortSignal; wait: Wait }): Promise<Turn> {
    // What became free by the passing of time goes to those who came earlier.
    this.advance();
    const first = this.#attempt(wanted);
    if (first.kind !== 'full') return first;
    if (this.#lines.length >= this.#deps.maxQueued) return { kind: 'queue-full' };
    const attempt = (): Turn | null => {
      const turn = this.#attempt(wanted);
      return turn.kind === 'full' ? null : turn;
    };
    const { servers } = first;
    return wait((onPlace) =>
      this.#lines.wait({ line: lineOf(wanted, servers), servers, attempt, signal, onPlace }),
    );
  }

  #attempt({ resolve, conversation, tried, needsSlot, lease, hops }: Wanted): Turn | Full {
    const isLeft = ({ id }: Endpoint): boolean => !tried.has(id) && !this.#gateways.hasPassed(id, hops);
    const open = resolve().candidates.filter(
      (candidate) => isLeft(candidate.endpoint) && this.#isOpen(candidate),
    );
    const nearest = nearestOf(this.#cooldowns.ready(open));
    const askable = nearest.filter((candidate) => isAskable(candidate));
    const withSlot = needsSlot ? askable.filter(({ endpoint }) => !this.#isFull(endpoint)) : askable;
    let left = withSlot;
    while (left.length > 0) {
      const choice = this.#choose(left, conversation);
      if (choice === null) break;
      const { candidate } = choice;
      const { id } = candidate.endpoint;
      const release = id === lease?.endpointId ? lease.release : this.#deps.enter(id);
      if (release !== null) return this.#begin(choice, { conversation, release });
      // About to be unloaded.
      left = left.filter((other) => other !== candidate);
    }
    if (withSlot.length < askable.length) {
      return { kind: 'full', servers: askable.map(({ endpoint }) => endpoint.id) };
    }
    const loadable = nearest.find(({ endpoint }) => endpoint.onDemand === true);
    return loadable === undefined ? { kind: 'none' } : { kind: 'load', endpointId: loadable.endpoint.id };
  }

  #choose(candidates: readonly Candidate[], conversation: string | null): Choice | null {
    return chooseUpstream(candidates, {
      loadOf: (id) => this.#load.of(id),
      lastId: conversation === null ? null : this.#affinity.lastOf(conversation),
      turn: this.#turn,
    });
  }

  #begin(
    { candidate, reason }: Choice,
    { conversation, release }: { conversation: string | null; release: Release },
  ): Pick {
    this.#turn += 1;
    const { id } = candidate.endpoint;
    const free = this.#load.enter(id);
    const trial = this.#breakers.begin(id);
    const responses = this.#responses.get(id) ?? 0;
    return {
      kind: 'pick',
      candidate,
      reason,
      began: () => {
        this.#responses.set(id, (this.#responses.get(id) ?? 0) + 1);
        if (trial.began()) this.advance();
      },
      settle: (how) => {
        free();
        release();
        if (how === 'failed') trial.failed();
        else if (how === 'worked') trial.succeeded();
        else trial.inconclusive();
        if (how === 'silent' && (this.#responses.get(id) ?? 0) === responses) {
          this.cooldown(id, SILENT_COOLDOWN_MS);
        }
        if (how === 'worked' && conversation !== null) this.#affinity.remember(conversation, id);
        this.advance();
      },
    };
  }

  /** It can be asked and does not fail, or can be had by loading it. */
  #isOpen(candidate: Candidate): boolean {
    const { id, onDemand } = candidate.endpoint;
    return isAskable(candidate) ? this.#breakers.waitMs(id) === 0 : onDemand === true;
  }

  /** Of our own requests only: what others send is as old as the last check, and the server itself lets us wait for it. */
  #isFull({ id, slots }: Endpoint): boolean {
    return slots !== null && this.#load.oursOf(id) >= Math.max(1, slots);
  }

  /** No server could be asked: one that is back is to be found by the next request, not by the next scheduled check. */
  recheckClosed({ candidates }: ResolvedModel): void {
    this.#rechecks.request(
      candidates.filter((candidate) => !this.#isOpen(candidate)).map(({ endpoint }) => endpoint.id),
    );
  }

  /** It should answer and does not. */
  recheck(endpointId: string): void {
    this.#rechecks.request([endpointId]);
  }

  /** Whether a request can be answered now, or after a load. */
  canServe({ candidates }: ResolvedModel): boolean {
    return candidates.some((candidate) => this.#isOpen(candidate));
  }

  /** Whether a server of it fails and is to be asked again after a while. */
  hasBroken({ candidates }: ResolvedModel): boolean {
    return this.#breakerWaits(candidates).length > 0;
  }

  #breakerWaits(candidates: readonly Candidate[]): number[] {
    const askable = candidates.filter((candidate) => isAskable(candidate));
    return askable.map(({ endpoint }) => this.#breakers.waitMs(endpoint.id)).filter((waitMs) => waitMs > 0);
  }

  /** Why there was none to ask. */
  whyNone({ name, candidates }: ResolvedModel): UpstreamFailure {
    const waits = this.#breakerWaits(candidates);
    if (waits.length > 0) {
      const message = `The servers of the model "${name}" failed several times in a row and are left alone for a moment.`;
      return noUpstream(name, message, Math.min(...waits));
    }
    if (candidates.some(({ endpoint }) => endpoint.status === 'loading')) {
      const message = `The model "${name}" is still loading. Try again in a few seconds.`;
      return new UpstreamFailure({ code: 'loading', message, model: name, canRetry: true });
    }
    const servers = candidates.map(({ endpoint }) => `"${endpoint.name}"`).join(', ');
    const message = `No server of the model "${name}" is online${servers === '' ? '' : `: ${servers}`}. Launch it on the gateway's machine.`;
    return noUpstream(name, message, candidates.length > 0 ? RECHECKED_MS : null);
  }
}

/** No server can be asked now. `retryAfterMs` null: it is not known when one can. */
export function noUpstream(model: string, message: string, retryAfterMs: number | null): UpstreamFailure {
  return new UpstreamFailure({ code: 'no_upstream', message, model, retryAfterMs, canRetry: true });
}

function isAskable({ endpoint, isAskedOffline }: Candidate): boolean {
  return endpoint.status === 'online' || (isAskedOffline === true && endpoint.status === 'offline');
}

/** Requests that wait for the same servers, and have the same others left. */
function lineOf({ model, tried }: Wanted, servers: readonly string[]): string {
  return [model, ...[...tried].toSorted(), '', ...servers.toSorted()].join('\n');
}
