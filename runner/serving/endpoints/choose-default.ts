/** Where a chat goes that names no endpoint. Pure. */
import { AppError } from '../../base/errors.ts';
import type { EndpointRow } from './endpoint-rows.ts';
import type { KnownEndpoint } from './known-endpoint.ts';

/** LLM_SERVER_URL's, else the launched one that came online last, else any online one, else the first that a request launches; in MQTT mode that of the workers. Throws NO_ENDPOINT. */
export function chooseDefault(all: readonly KnownEndpoint[], isMqttDefault: boolean): KnownEndpoint {
  const online = all
    .filter(({ health }) => health.status === 'online')
    .toSorted((a, b) => b.onlineOrder - a.onlineOrder);
  const isOf = (source: EndpointRow['source']) => (known: KnownEndpoint) => known.row.source === source;
  const best = isMqttDefault
    ? (online.find(isOf('mqtt')) ?? all.find(isOf('mqtt')))
    : (all.find(isOf('environment')) ??
      online.find(isOf('launched')) ??
      online[0] ??
      all.find(({ onDemand }) => onDemand !== null));
  if (best !== undefined) return best;
  const why = isMqttDefault
    ? 'No worker on the broker offers a model. Start one, or take LLM_COMM_MODE=mqtt away.'
    : 'No server is online. Launch one, add an endpoint, or set LLM_SERVER_URL.';
  throw new AppError('NO_ENDPOINT', why);
}
