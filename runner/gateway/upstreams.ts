/** The upstreams as a whole: who is asked next, and what is remembered of how it went (load, breakers, affinity). */
import type { Endpoint } from '#contract/endpoint';
import { Affinity } from './affinity.ts';
import { Breakers } from './breaker.ts';
import { chooseUpstream } from './choose-upstream.ts';
import type { Candidate, ResolvedModel } from './models-of-endpoints.ts';
import { modelLoading, noUpstream } from './openai-error.ts';
import type { GatewayError } from './openai-error.ts';
import { UpstreamLoad } from './upstream-load.ts';

export interface Wanted {
  resolved: ResolvedModel;
  /** null: affinity does not matter. */
  conversation: string | null;
  tried: ReadonlySet<string>;
}

/** An upstream that was chosen and counts as busy until it is settled. */
export interface Pick {
  candidate: Candidate;
  reason: string;
  /** "unknown": the client left before anything was proven. */
  settle: (how: 'worked' | 'failed' | 'unknown') => void;
}

export class Upstreams {
  readonly #load = new UpstreamLoad();
  readonly #affinity = new Affinity();
  readonly #breakers: Breakers;
  /** Endpoints that have not been online since their breaker last closed. */
  readonly #down = new Set<string>();
  #turn = 0;

  constructor(now?: () => number) {
    this.#breakers = new Breakers(now);
  }

  /** Takes in the news of the endpoints. One that came back was launched anew: its breaker forgets. */
  observe(endpoints: readonly Endpoint[]): void {
    this.#load.observe(endpoints);
    for (const { id, status } of endpoints) {
      if (status !== 'online') this.#down.add(id);
      else if (this.#down.delete(id)) this.#breakers.forget(id);
    }
  }

  /** Null: nobody can be asked now. */
  pick({ resolved, conversation, tried }: Wanted): Pick | null {
    const open = resolved.candidates.filter(
      ({ endpoint }) => endpoint.status === 'online' && !tried.has(endpoint.id) && this.#breakers.waitMs(endpoint.id) === 0,
    );
    const choice = chooseUpstream(open, {
      loadOf: (id) => this.#load.of(id),
      lastId: conversation === null ? null : this.#affinity.lastOf(conversation),
      turn: this.#turn,
    });
    if (choice === null) return null;
    this.#turn += 1;
    const { id } = choice.candidate.endpoint;
    const leave = this.#load.enter(id);
    const trial = this.#breakers.begin(id);
    return {
      ...choice,
      settle: (how) => {
        leave();
        if (how === 'unknown') trial.inconclusive();
        else if (how === 'failed') trial.failed();
        else trial.succeeded();
        if (how === 'worked' && conversation !== null) this.#affinity.remember(conversation, id);
      },
    };
  }

  /** Why `pick` found nobody for a model. */
  whyNobody({ name, candidates }: ResolvedModel): GatewayError {
    const online = candidates.filter(({ endpoint }) => endpoint.status === 'online');
    if (online.length > 0) {
      const waitMs = Math.min(...online.map(({ endpoint }) => this.#breakers.waitMs(endpoint.id)));
      return noUpstream(`The servers of the model "${name}" failed several times in a row and are left alone for a moment.`, waitMs);
    }
    if (candidates.some(({ endpoint }) => endpoint.status === 'loading')) return modelLoading(name);
    const servers = candidates.map(({ endpoint }) => `"${endpoint.name}"`).join(', ');
    return noUpstream(
      `No server of the model "${name}" is online${servers === '' ? '' : `: ${servers}`}. Launch it on the gateway's machine.`,
      null,
    );
  }
}
