/** Which models there are now: the list that clients see, and which upstreams a name stands for, with those that stand in for it. */
import type { Endpoint } from '#contract/endpoint';
import { AppError } from '../../base/errors.ts';
import { knownNames, listedModels, resolveModel, withoutFolder } from './models-of-endpoints.ts';
import type { Directory, ResolvedModel } from './models-of-endpoints.ts';
import { nearNames } from './near-names.ts';
import { modelNotFound, noUpstream } from '../../gateway/openai/openai-error.ts';
import type { GatewayError } from '../../gateway/openai/openai-error.ts';
import type { Admitted, EndpointsPort, RoutesPort } from '../../gateway/ports.ts';
import type { Upstreams } from './upstreams.ts';

/** As `GET /v1/models` lists it. */
export interface ListedModel {
  id: string;
  object: 'model';
  created: number;
  owned_by: string;
}

export interface WantedModel {
  name: string;
  /** Each as it is when asked. Throws 404 model_not_found. */
  chain: (admitted: Admitted) => (() => ResolvedModel)[];
}

export interface CatalogParts {
  endpoints: EndpointsPort;
  routes: RoutesPort;
  /** Learns of the endpoints whenever they are looked at. */
  upstreams: Pick<Upstreams, 'observe'>;
}

export class Catalog {
  readonly #parts: CatalogParts;
  #startedAt = new Date(0);

  constructor(parts: CatalogParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#startedAt = new Date();
  }

  list(): ListedModel[] {
    return listedModels(this.#directory()).map(({ name, endpoint }) => this.#entry(name, endpoint));
  }

  /** Throws 404 model_not_found, and 503 where nobody serves it now. */
  get(name: string, admitted: Admitted): ListedModel {
    const listed = this.list().find(({ id }) => id === name);
    if (listed !== undefined) return listed;
    const directory = this.#directory();
    const candidates = resolveModel(name, directory)?.candidates ?? [];
    if (candidates.length === 0) throw unknownModel(name, directory, admitted);
    const found = candidates.find(
      ({ endpoint }) => endpoint.status === 'online' || endpoint.onDemand === true,
    );
    if (found === undefined)
      throw noUpstream(
        `No server of the model "${name}" is online. Launch it on the gateway's machine.`,
        null,
      );
    return this.#entry(name, found.endpoint);
  }

  /** The name to admit, and whom to ask once it is: the default where the client named none. Throws 503 no_upstream where there is none. */
  wanted(model: string | null): WantedModel {
    if (model !== null) return { name: model, chain: (admitted) => this.#chain(model, admitted) };
    const checked = this.#default();
    return { name: checked.name, chain: () => [() => this.#pinned(checked)] };
  }

  /** The model and those that stand in for it, each as it is when asked. Throws 404 model_not_found. */
  #chain(name: string, admitted: Admitted): (() => ResolvedModel)[] {
    const directory = this.#directory();
    const first = resolveModel(name, directory);
    if (first === null) throw unknownModel(name, directory, admitted);
    const known = [first, ...first.fallback.flatMap((other) => resolveModel(other, directory) ?? [])];
    return known.map(
      (resolved) => () => resolveModel(resolved.name, this.#directory()) ?? { ...resolved, candidates: [] },
    );
  }

  /** Where a request goes that names no model, as llama-server takes it: the endpoint that the chat uses. */
  #default(): ResolvedModel {
    try {
      const { endpoint } = this.#parts.endpoints.defaultTarget();
      this.#parts.upstreams.observe([endpoint]);
      return asDefault(endpoint);
    } catch (error) {
      if (error instanceof AppError) throw noUpstream(error.message, null);
      throw error;
    }
  }

  /** The default that a key was checked for, as it is now: whatever else became the default, the key was not checked for it. */
  #pinned(checked: ResolvedModel): ResolvedModel {
    const id = checked.candidates[0]?.endpoint.id;
    const endpoint = this.#directory().endpoints.find((other) => other.id === id);
    const now = endpoint === undefined ? null : asDefault(endpoint);
    return now?.name === checked.name ? now : { ...checked, candidates: [] };
  }

  #directory(): Directory {
    const endpoints = this.#parts.endpoints.list();
    this.#parts.upstreams.observe(endpoints);
    return { endpoints, routes: this.#parts.routes.list() };
  }

  #entry(id: string, endpoint: Endpoint | null): ListedModel {
    return {
      id,
      object: 'model',
      created: Math.floor(this.#startedAt.getTime() / 1000),
      owned_by: endpoint?.name ?? 'gateway',
    };
  }
}

/** Where it could take another model than the one that the key is checked for, that one is named. */
function asDefault(endpoint: Endpoint): ResolvedModel {
  const { id, models, isGateway } = endpoint;
  const model = endpoint.model ?? models[0] ?? null;
  const isNamed = isGateway === true || models.length > 1;
  const name = model === null ? id : withoutFolder(model);
  return {
    name,
    candidates: [{ endpoint, model: isNamed ? model : null, weight: 1, priority: 0 }],
    fallback: [],
  };
}

/** Names that the key may not use are not hinted at. */
function unknownModel(name: string, directory: Directory, { canUse }: Admitted): GatewayError {
  const known = knownNames(directory).filter((each) => canUse?.(each) ?? true);
  return modelNotFound(name, nearNames(name, known));
}
