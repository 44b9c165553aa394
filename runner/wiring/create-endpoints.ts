/** Builds the registry of endpoints on the store. */
import type { Config } from '../config.ts';
import type { Logger } from '../base/logger.ts';
import { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import type { Store } from '../store/open-store.ts';
import { shortId } from './short-id.ts';

export function createEndpoints(store: Store, config: Config, logger: Logger): EndpointRegistry {
  return new EndpointRegistry({
    store,
    logger,
    newId: shortId,
    environmentUrl: config.llmServer,
    isMqttDefault: config.mqtt.isDefault,
  });
}
