/** Keeps a request from going round between gateways: each adds its id to a list, and refuses what it has seen before. Pure. */
import { GatewayError } from './openai/openai-error.ts';

/** A runner that uses another that uses a third: more than that is a mistake. */
const MOST_HOPS = 4;

/** The list as it goes on. Throws 508 loop_detected. A list that a client made up refuses that client's own request, no more. */
export function passHop(given: string | string[] | undefined, ownId: string): string {
  const hops = String(given ?? '')
    .split(',')
    .map((id) => id.trim())
    .filter((id) => id !== '');
  if (hops.includes(ownId)) {
    throw loopDetected(
      'The request came back to a gateway that it had passed: these gateways are endpoints of each other, or of themselves',
    );
  }
  if (hops.length >= MOST_HOPS)
    throw loopDetected(`The request has passed ${MOST_HOPS} gateways and not one had a server for it`);
  return [...hops, ownId].join(',');
}

function loopDetected(what: string): GatewayError {
  const message = `${what}. Launch a server of the model, or remove one of the endpoints.`;
  return new GatewayError({
    status: 508,
    code: 'loop_detected',
    message,
    headers: { 'x-should-retry': 'false' },
  });
}
