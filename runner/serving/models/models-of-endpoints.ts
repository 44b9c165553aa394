/** Model names: what an endpoint answers to, which upstreams a name stands for, and the list that `/v1/models` shows. Pure. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRoute } from '#contract/gateway';

/** An endpoint that may answer. `model` is the name to send there, null: the one that the client used. */
export interface Candidate {
  endpoint: Endpoint;
  model: string | null;
  weight: number;
  priority: number;
  /** It may be back before the next check says so. */
  isAskedOffline?: boolean;
}

export interface ResolvedModel {
  name: string;
  /** Whatever their status. */
  candidates: Candidate[];
  /** Other names to try, in order, when none of these can answer. */
  fallback: readonly string[];
}

export interface Directory {
  endpoints: readonly Endpoint[];
  routes: readonly GatewayRoute[];
}

/**
 * A configured route comes first; one without targets only adds its fallback to the endpoints that have the name. Then those that serve a
 * model of that name, by its full name, its file name, or that without `.gguf`; then those whose own id or name it is. Null: nobody knows it.
 */
export function resolveModel(name: string, { endpoints, routes }: Directory): ResolvedModel | null {
  const route = routes.find(({ model }) => model === name);
  const fallback = route?.fallback ?? [];
  if (route !== undefined && route.targets.length > 0)
    return { name, fallback, candidates: targetsOf(route, endpoints) };
  const serving = candidatesWith(endpoints, (endpoint) => servedName(endpoint, name));
  const candidates =
    serving.length > 0
      ? serving
      : candidatesWith(endpoints, (endpoint) =>
          endpoint.id === name || endpoint.name === name ? endpoint.model : undefined,
        );
  return candidates.length === 0 && route === undefined ? null : { name, candidates, fallback };
}

/** Names that a request may use now: routes, and what endpoints serve that are online or launched by a request, each once. */
export function listedModels({
  endpoints,
  routes,
}: Directory): { name: string; endpoint: Endpoint | null }[] {
  const served = endpoints.filter(({ status, onDemand }) => status === 'online' || onDemand === true);
  const ids = new Set(served.map(({ id }) => id));
  const listed = new Map<string, Endpoint | null>();
  for (const { model, targets } of routes)
    if (targets.some(({ endpointId }) => ids.has(endpointId))) listed.set(model, null);
  for (const endpoint of served) {
    const models = modelsOf(endpoint).map(withoutFolder);
    for (const name of models.length > 0 || endpoint.isGateway === true ? models : [endpoint.id])
      if (!listed.has(name)) listed.set(name, endpoint);
  }
  return [...listed].map(([name, endpoint]) => ({ name, endpoint }));
}

/** Every name that would be understood, for "Did you mean". */
export function knownNames({ endpoints, routes }: Directory): string[] {
  const names = endpoints.flatMap((endpoint) => [
    ...modelsOf(endpoint).flatMap((model) => shortNames(withoutFolder(model))),
    endpoint.id,
    endpoint.name,
  ]);
  return [...new Set([...routes.map(({ model }) => model), ...names])];
}

function targetsOf({ model: route, targets }: GatewayRoute, endpoints: readonly Endpoint[]): Candidate[] {
  return targets.flatMap(({ endpointId, model, weight, priority }) => {
    const endpoint = endpoints.find(({ id }) => id === endpointId);
    return endpoint === undefined
      ? []
      : [{ endpoint, model: model ?? ownName(endpoint, route), weight, priority }];
  });
}

/** What to ask for where a route does not say. Another gateway has many models: the one of the route's name, if it has that. */
function ownName(endpoint: Endpoint, route: string): string | null {
  return (endpoint.isGateway === true ? servedName(endpoint, route) : undefined) ?? endpoint.model;
}

/** `nameAt` undefined: not this one. */
function candidatesWith(
  endpoints: readonly Endpoint[],
  nameAt: (endpoint: Endpoint) => string | null | undefined,
): Candidate[] {
  return endpoints.flatMap((endpoint) => {
    const model = nameAt(endpoint);
    return model === undefined ? [] : [{ endpoint, model, weight: 1, priority: 0 }];
  });
}

function servedName(endpoint: Endpoint, name: string): string | undefined {
  const models = modelsOf(endpoint);
  return models.includes(name) ? name : models.find((model) => shortNames(model).includes(name));
}

/** Of another gateway: what it lists. The endpoint's own model is only what the chat uses there. */
function modelsOf({ model, models, isGateway }: Endpoint): string[] {
  return [...new Set(model === null || isGateway === true ? models : [model, ...models])];
}

/** The name, its file name and that without `.gguf`. A slash belongs to names of Hugging Face, too: only files are cut there. */
function shortNames(model: string): string[] {
  if (!/\.gguf$/i.test(model)) return [model];
  const file = withoutFolder(model);
  return [model, file, file.replace(/\.gguf$/i, '')];
}

/** llama-server names a model by its whole path, which is nobody's business but its machine's. */
export function withoutFolder(model: string): string {
  if (!/\.gguf$/i.test(model)) return model;
  return model.slice(Math.max(model.lastIndexOf('/'), model.lastIndexOf('\\')) + 1);
}
