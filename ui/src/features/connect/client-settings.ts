/** The settings of a client program: the gateway's base URL, and the name of a model there. Pure. */
import type { ClientSettings } from './commands.ts';
import { GATEWAY_PORT } from './commands.ts';
import type { Plan } from './answers.ts';
import { remoteEndpoint, hostOf, localEndpoint, portOf, type Facts } from './facts.ts';
import { isLoopback } from '#contract/tunnel-address';
import { shortModelName } from '../../format/model-name.ts';

const NAME_OF_B = 'MACHINE-B';
const MODEL = 'MODEL';

export function clientSettings(plan: Plan, facts: Facts): ClientSettings {
  const endpoint = plan.modelSide === 'here' ? localEndpoint(plan, facts) : remoteEndpoint(plan, facts);
  const model = endpoint?.model ?? endpoint?.models[0] ?? null;
  return { baseUrl: baseUrlOf(plan, facts), model: model === null ? MODEL : shortModelName(model) };
}

/** The address of a gateway on loopback or on all interfaces is of no use to clients: use the machine's name. */
function baseUrlOf({ answers, gatewaySide }: Plan, { gatewayUrl }: Facts): string {
  const isHere = gatewaySide === 'here';
  const host = (isHere ? answers.hereName : answers.otherName).trim() || NAME_OF_B;
  if (!isHere || gatewayUrl === null) return `http://${host}:${GATEWAY_PORT}/v1`;
  const own = hostOf(gatewayUrl);
  return isLoopback(own) || ['0.0.0.0', '[::]'].includes(own)
    ? `http://${host}:${portOf(gatewayUrl)}/v1`
    : gatewayUrl;
}
