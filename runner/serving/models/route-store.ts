/** Owns the gateway's own model names: which endpoints stand behind each, and which other names to fall back to. */
import { gatewayRouteSchema } from '#contract/gateway';
import type { GatewayRoute } from '#contract/gateway';
import { AppError, messageOf } from '../../base/errors.ts';
import { Signal } from '../../base/signal.ts';
import type { Store } from '../../store/open-store.ts';
import { findFallbackCycle } from './route-cycle.ts';

export interface RouteStoreParts {
  store: Store;
  /** Rows that cannot be read. */
  onFault: (error: unknown) => void;
}

/** All routes are in memory: a request asks for one. Changes throw STORAGE_FAILED when they cannot be saved; then nothing has changed. */
export class RouteStore {
  /** The model of a route that was put or removed. */
  readonly changed = new Signal<string>();
  readonly #parts: RouteStoreParts;
  readonly #routes = new Map<string, GatewayRoute>();

  constructor(parts: RouteStoreParts) {
    this.#parts = parts;
  }

  start(): void {
    for (const { model, config } of this.#parts.store
      .prepare('SELECT model, config FROM gateway_routes')
      .all()) {
      const route = routeOf(config);
      if (route !== null && route.model === model) this.#routes.set(route.model, route);
      else
        this.#parts.onFault(
          new Error(`The route of the model ${String(model)} cannot be read from the store and is not used.`),
        );
    }
  }

  /** By name. */
  list(): GatewayRoute[] {
    return [...this.#routes.values()].sort((a, b) => a.model.localeCompare(b.model));
  }

  find(model: string): GatewayRoute | null {
    return this.#routes.get(model) ?? null;
  }

  /** In place of the route that the model had, if any. Throws INVALID_REQUEST for one that leads nowhere, or in a circle. */
  put(route: GatewayRoute): GatewayRoute {
    if (route.targets.length === 0 && route.fallback.length === 0) {
      throw invalid('targets', 'name at least one endpoint here, or another model as fallback');
    }
    const cycle = findFallbackCycle(route, (model) => this.#routes.get(model)?.fallback ?? []);
    if (cycle !== null) throw invalid('fallback', `leads back to the model itself: ${cycle.join(' → ')}`);
    saved(() =>
      this.#parts.store
        .prepare('INSERT OR REPLACE INTO gateway_routes (model, config) VALUES (?, ?)')
        .run(route.model, JSON.stringify(route)),
    );
    this.#routes.set(route.model, route);
    this.changed.emit(route.model);
    return route;
  }

  /** Others may still fall back to the name: a server may go by it. */
  remove(model: string): void {
    if (!this.#routes.has(model)) {
      throw new AppError(
        'GATEWAY_ROUTE_NOT_FOUND',
        `There is no route for the model ${model}. It may have been removed.`,
      );
    }
    saved(() => this.#parts.store.prepare('DELETE FROM gateway_routes WHERE model = ?').run(model));
    this.#routes.delete(model);
    this.changed.emit(model);
  }
}

function routeOf(config: unknown): GatewayRoute | null {
  try {
    return gatewayRouteSchema.parse(JSON.parse(String(config)));
  } catch {
    return null;
  }
}

function invalid(path: string, message: string): AppError {
  return new AppError('INVALID_REQUEST', `The request is not valid. ${path}: ${message}`, {
    details: [{ path, message }],
  });
}

function saved(write: () => void): void {
  try {
    write();
  } catch (error) {
    const message = `The route could not be saved: ${messageOf(error)}. Make room on the disk of the data folder and try again.`;
    throw new AppError('STORAGE_FAILED', message, { cause: error });
  }
}
