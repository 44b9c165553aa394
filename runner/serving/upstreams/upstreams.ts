/** The upstreams as a whole: who is asked next, who waits for a slot, and what is remembered of how it went (load, breakers, affinity). */
import type { Endpoint } from '#contract/endpoint';
import { Affinity } from './affinity.ts';
import { Breakers } from './breaker.ts';
import { CheckRequests } from './check-requests.ts';
import { chooseUpstream, nearestOf } from './choose-upstream.ts';
import type { Choice } from './choose-upstream.ts';
import type { Candidate, ResolvedModel } from './models-of-endpoints.ts';
import { KnownGateways } from './known-gateways.ts';
import { modelLoading, noUpstream } from '../../gateway/openai/openai-error.ts';
import type { GatewayError } from '../../gateway/openai/openai-error.ts';
import type { ModelsPort } from '../../gateway/ports.ts';
import { Rests } from './rests.ts';
import { UpstreamLoad } from './upstream-load.ts';
import { WaitingLines } from './waiting-lines.ts';

export interface Wanted {
  model: string;
  /** As things are now: while a request waits, servers come and go. */
  resolve: () => ResolvedModel;
  /** null: affinity does not matter. */
  conversation: string | null;
  tried: ReadonlySet<string>;
  /** The gateways that the request has passed, as their header has them. */
  hops: string;
  /** It named no model, and goes to this endpoint only; null: to any of the model's. */
  onlyAt: string | null;
  /** False: the server answers it beside its slots. */
  needsSlot: boolean;
  /** The one that was loaded for this request. */
  held: Lease | null;
}

/** An endpoint that stays loaded until it is left. */
export interface Lease {
  endpointId: string;
  leave: () => void;
}

/** An upstream that was chosen and counts as busy until it is settled. */
export interface Pick {
  kind: 'pick';
  candidate: Candidate;
  reason: string;
  /** Something of its answer has come. */
  began: () => void;
  /** "unknown": the client left before anything was proven. "silent": it sent nothing for too long. */
  settle: (how: 'worked' | 'failed' | 'silent' | 'unknown') => void;
}

/** Whose turn it is: an upstream to ask, one to load first, nobody, or that too many wait already. */
export type Turn = Pick | { kind: 'load'; endpointId: string } | { kind: 'nobody' } | { kind: 'queue-full' };

/** How a request waits: see `Exchange.waiting`. */
export type Wait = <Result>(work: (onPlace: (place: number) => void) => Promise<Result>) => Promise<Result>;

export interface UpstreamsParts {
  models: ModelsPort;
  /** Most requests that may wait for a slot. */
  queueLimit: number;
  /** Has an endpoint checked at once. */
  check: (endpointId: string) => void;
  now?: (() => number) | undefined;
}

/** Where a server was silent, and has answered nobody since the request began. */
const SILENT_REST_MS = 10_000;
/** `lookAgain` knows more after that. */
const CHECKED_MS = 2_000;

export class Upstreams {
  readonly #load = new UpstreamLoad();
  readonly #affinity = new Affinity();
  readonly #lines = new WaitingLines<Turn>();
  readonly #breakers: Breakers;
  readonly #models: ModelsPort;
  readonly #rests: Rests;
  readonly #gateways: KnownGateways;
  readonly #checks: CheckRequests;
  readonly #queueLimit: number;
  /** How many answers each endpoint has begun. */
  readonly #answers = new Map<string, number>();
  /** Endpoints that have not been online since their breaker last closed. */
  readonly #down = new Set<string>();
  #turn = 0;

  constructor({ models, queueLimit, check, now }: UpstreamsParts) {
    this.#models = models;
    this.#queueLimit = queueLimit;
    this.#breakers = new Breakers(now);
    this.#rests = new Rests(now);
    this.#gateways = new KnownGateways(now);
    this.#checks = new CheckRequests({ check, now });
  }

  /** Takes in the news of the endpoints. One that came back was launched anew: its breaker forgets. */
  observe(endpoints: readonly Endpoint[]): void {
    this.#load.observe(endpoints);
    for (const { id, status } of endpoints) {
      if (status !== 'online') this.#down.add(id);
      else if (this.#down.delete(id)) this.#breakers.forget(id);
    }
  }

  /** It had too many requests, or cannot serve: it is asked again after that time, or when nobody else can be asked. */
  rest(id: string, forMs: number): void {
    this.#rests.begin(id, forMs);
  }

  /** A request that it was sent came round. */
  learnGateway(endpointId: string, gatewayId: string): void {
    this.#gateways.learn(endpointId, gatewayId);
  }

  /** Servers came or went: some that wait may have their turn. */
  advance(): void {
    if (this.#lines.length > 0) this.#lines.advance();
  }

  /** Waits while every server of the model is full. Rejects with the signal's reason. */
  async next(wanted: Wanted, { signal, wait }: { signal: AbortSignal; wait: Wait }): Promise<Turn> {
    const attempt = (): Turn | null => this.#attempt(wanted);
    const isBehind = this.#lines.length > 0 && wanted.needsSlot && this.#lines.has(lineOf(wanted));
    const turn = isBehind ? null : attempt();
    if (turn !== null) return turn;
    if (this.#lines.length >= this.#queueLimit) return { kind: 'queue-full' };
    return wait((onPlace) => this.#lines.wait({ line: lineOf(wanted), attempt, signal, onPlace }));
  }

  /** Null: every server that could be asked is full. */
  #attempt({ resolve, conversation, tried, needsSlot, held, hops }: Wanted): Turn | null {
    const isLeft = ({ id }: Endpoint): boolean => !tried.has(id) && !this.#gateways.hasPassed(id, hops);
    const open = resolve().candidates.filter(
      (candidate) => isLeft(candidate.endpoint) && this.#isOpen(candidate),
    );
    const nearest = nearestOf(this.#rests.awake(open));
    const online = nearest.filter(({ endpoint }) => endpoint.status === 'online');
    const withSlot = needsSlot ? online.filter(({ endpoint }) => !this.#isFull(endpoint)) : online;
    let left = withSlot;
    while (left.length > 0) {
      const choice = this.#choose(left, conversation);
      if (choice === null) break;
      const { candidate } = choice;
      const { id } = candidate.endpoint;
      const leave = id === held?.endpointId ? held.leave : this.#models.enter(id);
      if (leave !== null) return this.#begin(choice, { conversation, leave });
      // About to be unloaded.
      left = left.filter((other) => other !== candidate);
    }
    if (withSlot.length < online.length) return null;
    const loadable = nearest.find(({ endpoint }) => endpoint.onDemand === true);
    return loadable === undefined ? { kind: 'nobody' } : { kind: 'load', endpointId: loadable.endpoint.id };
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
    { conversation, leave }: { conversation: string | null; leave: () => void },
  ): Pick {
    this.#turn += 1;
    const { id } = candidate.endpoint;
    const free = this.#load.enter(id);
    const trial = this.#breakers.begin(id);
    const answers = this.#answers.get(id) ?? 0;
    return {
      kind: 'pick',
      candidate,
      reason,
      began: () => {
        this.#answers.set(id, (this.#answers.get(id) ?? 0) + 1);
        if (trial.began()) this.advance();
      },
      settle: (how) => {
        free();
        leave();
        if (how === 'failed') trial.failed();
        else if (how === 'worked') trial.succeeded();
        else trial.inconclusive();
        if (how === 'silent' && (this.#answers.get(id) ?? 0) === answers) this.rest(id, SILENT_REST_MS);
        if (how === 'worked' && conversation !== null) this.#affinity.remember(conversation, id);
        this.advance();
      },
    };
  }

  /** Online and not failing, or to be had by loading it. */
  #isOpen({ endpoint }: Candidate): boolean {
    return endpoint.status === 'online'
      ? this.#breakers.waitMs(endpoint.id) === 0
      : endpoint.onDemand === true;
  }

  /** Of our own requests only: what others send is as old as the last check, and the server itself lets us wait for it. */
  #isFull({ id, slots }: Endpoint): boolean {
    return slots !== null && this.#load.oursOf(id) >= Math.max(1, slots);
  }

  /** There was nobody to ask: whoever is back is to be found by the next request, not by the next check of the schedule. */
  lookAgain({ candidates }: ResolvedModel): void {
    this.#checks.ask(
      candidates.filter((candidate) => !this.#isOpen(candidate)).map(({ endpoint }) => endpoint.id),
    );
  }

  /** Whether a server of it fails and is to be asked again after a while. */
  isLeftAlone({ candidates }: ResolvedModel): boolean {
    return this.#waitsOf(candidates).length > 0;
  }

  #waitsOf(candidates: readonly Candidate[]): number[] {
    const online = candidates.filter(({ endpoint }) => endpoint.status === 'online');
    return online.map(({ endpoint }) => this.#breakers.waitMs(endpoint.id)).filter((waitMs) => waitMs > 0);
  }

  /** It should answer and does not. */
  checkAgain(endpointId: string): void {
    this.#checks.ask([endpointId]);
  }

  /** Why there was nobody to ask. */
  whyNobody({ name, candidates }: ResolvedModel): GatewayError {
    const waits = this.#waitsOf(candidates);
    if (waits.length > 0) {
      const waitMs = Math.min(...waits);
      return noUpstream(
        `The servers of the model "${name}" failed several times in a row and are left alone for a moment.`,
        waitMs,
      );
    }
    if (candidates.some(({ endpoint }) => endpoint.status === 'loading')) return modelLoading(name);
    const servers = candidates.map(({ endpoint }) => `"${endpoint.name}"`).join(', ');
    return noUpstream(
      `No server of the model "${name}" is online${servers === '' ? '' : `: ${servers}`}. Launch it on the gateway's machine.`,
      candidates.length > 0 ? CHECKED_MS : null,
    );
  }
}

/** Those who wait for the same servers. A request that some have refused waits for the rest of them only. */
function lineOf({ model, onlyAt, tried }: Wanted): string {
  return onlyAt === null && tried.size === 0
    ? model
    : [model, `only ${onlyAt ?? ''}`, ...[...tried].toSorted()].join('\n');
}
