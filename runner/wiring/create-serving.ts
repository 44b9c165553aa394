/** Builds the one way to the servers, with the configured routes of model names. */
import type { Config } from '../config.ts';
import type { Logger } from '../base/logger.ts';
import type { EndpointsPort } from '../serving/models/catalog.ts';
import { RouteStore } from '../serving/models/route-store.ts';
import type { ModelsPort } from '../serving/serving-request.ts';
import { Serving } from '../serving/serving.ts';
import type { Store } from '../store/open-store.ts';

export interface ServingDeps {
  config: Config;
  logger: Logger;
  store: Store;
  endpoints: EndpointsPort;
  onDemand: ModelsPort;
}

export interface ServingSide {
  serving: Serving;
  routes: RouteStore;
  start: () => void;
  stop: () => Promise<void>;
}

export function createServing({ config, logger, store, endpoints, onDemand }: ServingDeps): ServingSide {
  const routes = new RouteStore({
    store,
    onFault: (error) => logger.error({ err: error }, 'the routes of the gateway could not be read'),
  });
  const serving = new Serving({
    endpoints,
    models: onDemand,
    routes,
    timeoutMs: config.chat.timeoutMs,
    maxQueued: config.queueLimit,
  });
  return {
    serving,
    routes,
    start() {
      routes.start();
      serving.start();
    },
    stop: () => serving.stop(),
  };
}
