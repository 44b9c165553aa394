/** Which models there are now: the list that clients see, and which upstreams a name stands for, with the fallbacks of that name. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRoute } from '#contract/gateway';
import { AppError } from '../../base/errors.ts';
import type { Signal } from '../../base/signal.ts';
import type { Target } from '../serving-request.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import { noUpstream } from '../upstreams/upstreams.ts';
import type { Upstreams } from '../upstreams/upstreams.ts';
import { knownNames, listedModels, resolveModel, withoutFolder } from './models-of-endpoints.ts';
import type { Candidate, Directory, ResolvedModel } from './models-of-endpoints.ts';
import { nearNames } from './near-names.ts';

/** `EndpointRegistry` is one. */
export interface EndpointsPort {
  list(): Endpoint[];
  /** Throws for an unknown id. */
  target(id: string): Target;
  /** Where a request goes that names no model. Throws when there is none. */
  defaultTarget(): Target;
  /** Something that `list` shows has changed. */
  readonly changed: Signal<void>;
  /** A request could not reach it: it should be checked at once. */
  reportFailure(id: string): void;
}

export interface RoutesPort {
  list(): readonly GatewayRoute[];
}

/** As `GET /v1/models` lists it. */
export interface ListedModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

/** Names that a caller may use. */
export type CanUse = (model: string) => boolean;

/** The model that was asked for, then its fallbacks; each as it is when asked. */
export type Chain = (() => ResolvedModel)[];

export interface WantedModel {
  name: string;
  /** Throws `model_not_found`; names that the caller may not use are not hinted at. */
  chain: (canUse: CanUse) => Chain;
}

/** An endpoint that was chosen by a person, and what others must offer to stand in for it. */
export interface ChosenEndpoint {
  endpointId: string;
  /** The name to send there; null: the server's own. */
  model: string | null;
  /** Whether another endpoint may answer instead. */
  canStandIn: (endpoint: Endpoint) => boolean;
}

export interface CatalogDeps {
  endpoints: EndpointsPort;
  routes: RoutesPort;
  /** Learns of the endpoints whenever they are looked at. */
  upstreams: Pick<Upstreams, 'observe'>;
}

export class Catalog {
  readonly #deps: CatalogDeps;
  #startedAt = new Date(0);

  constructor(deps: CatalogDeps) {
    this.#deps = deps;
  }

  start(): void {
    this.#startedAt = new Date();
  }

  list(): ListedModel[] {
    return listedModels(this.#directory()).map(({ name, endpoint }) => this.#entry(name, endpoint));
  }

  /** Throws `model_not_found`, and `no_upstream` where no server of it can be asked now. */
  get(name: string, canUse: CanUse): ListedModel {
    const listed = this.list().find(({ id }) => id === name);
    if (listed !== undefined) return listed;
    const directory = this.#directory();
    const candidates = resolveModel(name, directory)?.candidates ?? [];
    if (candidates.length === 0) throw unknownModel(name, directory, canUse);
    const found = candidates.find(
      ({ endpoint }) => endpoint.status === 'online' || endpoint.onDemand === true,
    );
    if (found !== undefined) return this.#entry(name, found.endpoint);
    const message = `No server of the model "${name}" is online. Launch it on the gateway's machine.`;
    throw noUpstream(name, message, null);
  }

  /** The default where `model` is null. Throws `no_upstream` where there is none. */
  wanted(model: string | null): WantedModel {
    if (model !== null) return { name: model, chain: (canUse) => this.#chain(model, canUse) };
    const checked = this.#default();
    return { name: checked.name, chain: () => [() => this.#pinned(checked)] };
  }

  /** The endpoint first, then others that serve the same model, then the fallbacks of its route. */
  chosen({ endpointId, model, canStandIn }: ChosenEndpoint): Chain {
    const resolve = (): ResolvedModel => {
      const directory = this.#directory();
      const endpoint = directory.endpoints.find(({ id }) => id === endpointId);
      const name = nameOfChoice(endpoint, model) ?? endpointId;
      const known = resolveModel(name, directory);
      const others = (known?.candidates ?? []).filter(
        (other) => other.endpoint.id !== endpointId && canStandIn(other.endpoint),
      );
      const first = endpoint === undefined ? [] : [firstChoice(endpoint, model, others)];
      return { name, candidates: [...first, ...others], fallback: known?.fallback ?? [] };
    };
    const fallback = (name: string): (() => ResolvedModel) => {
      return () => {
        const found = resolveModel(name, this.#directory());
        const candidates = (found?.candidates ?? []).filter(({ endpoint }) => canStandIn(endpoint));
        return { name, candidates, fallback: [] };
      };
    };
    return [resolve, ...resolve().fallback.map((name) => fallback(name))];
  }

  #chain(name: string, canUse: CanUse): Chain {
    const directory = this.#directory();
    const first = resolveModel(name, directory);
    if (first === null) throw unknownModel(name, directory, canUse);
    const known = [first, ...first.fallback.flatMap((other) => resolveModel(other, directory) ?? [])];
    return known.map(
      (resolved) => () => resolveModel(resolved.name, this.#directory()) ?? { ...resolved, candidates: [] },
    );
  }

  /** Where a request goes that names no model, as llama-server takes it: the endpoint that the chat uses. */
  #default(): ResolvedModel {
    try {
      const { endpoint } = this.#deps.endpoints.defaultTarget();
      this.#deps.upstreams.observe([endpoint]);
      return asDefault(endpoint);
    } catch (error) {
      if (error instanceof AppError) throw noUpstream('', error.message, null);
      throw error;
    }
  }

  /** The default that a key was checked for, as it is now: the key was not checked for whatever else became the default. */
  #pinned(checked: ResolvedModel): ResolvedModel {
    const id = checked.candidates[0]?.endpoint.id;
    const endpoint = this.#directory().endpoints.find((other) => other.id === id);
    const now = endpoint === undefined ? null : asDefault(endpoint);
    return now?.name === checked.name ? now : { ...checked, candidates: [] };
  }

  #directory(): Directory {
    const endpoints = this.#deps.endpoints.list();
    this.#deps.upstreams.observe(endpoints);
    return { endpoints, routes: this.#deps.routes.list() };
  }

  #entry(id: string, endpoint: Endpoint | null): ListedModel {
    const created = Math.floor(this.#startedAt.getTime() / 1000);
    return { id, object: 'model', created, owned_by: endpoint?.name ?? 'gateway' };
  }
}

/** Where it could take another model than the one that the key is checked for, that one is named. */
function asDefault(endpoint: Endpoint): ResolvedModel {
  const { id, models, isGateway } = endpoint;
  const model = endpoint.model ?? models[0] ?? null;
  const isNamed = isGateway === true || models.length > 1;
  const name = model === null ? id : withoutFolder(model);
  const candidate = { endpoint, model: isNamed ? model : null, weight: 1, priority: 0 };
  return { name, candidates: [candidate], fallback: [] };
}

/** As other endpoints know the model; null: the server does not say. */
function nameOfChoice(endpoint: Endpoint | undefined, model: string | null): string | null {
  const name = model ?? endpoint?.model ?? endpoint?.models[0] ?? null;
  return name === null ? null : withoutFolder(name);
}

/** Before the others while it can be asked; behind them when it is offline, since a server elsewhere may be back before the next check. */
function firstChoice(endpoint: Endpoint, model: string | null, others: readonly Candidate[]): Candidate {
  const priorities = others.map(({ priority }) => priority);
  const isReady = endpoint.status === 'online' || endpoint.onDemand === true;
  const priority = isReady ? Math.min(0, ...priorities) - 1 : Math.max(0, ...priorities) + 1;
  return { endpoint, model, weight: 1, priority, isAskedOffline: canBeBack(endpoint) };
}

/** An ended process answers no one. */
function canBeBack({ status, onDemand, problemCode }: Endpoint): boolean {
  return status === 'offline' && onDemand !== true && problemCode?.startsWith('process-') !== true;
}

function unknownModel(name: string, directory: Directory, canUse: CanUse): UpstreamFailure {
  const near = nearNames(
    name,
    knownNames(directory).filter((each) => canUse(each)),
  );
  const message = `The model "${name}" does not exist here.`;
  return new UpstreamFailure({ code: 'model_not_found', message, model: name, near });
}
