/** Gets a request its turn at an upstream of a model: lets it wait for a slot, and has the model loaded where nobody serves it. */
import { GatewayError, noUpstream, queueFull } from '../../gateway/openai/openai-error.ts';
import { noTurn } from './judge-answer.ts';
import type { Failure } from './judge-answer.ts';
import type { ModelsPort } from '../../gateway/ports.ts';
import type { Lease, Pick, Upstreams, Wait, Wanted } from './upstreams.ts';

export interface TurnParts {
  upstreams: Upstreams;
  models: ModelsPort;
  signal: AbortSignal;
  wait: Wait;
}

/** A check tells more after that. */
const CHECKED_MS = 2_000;
/** A server that was loaded and is gone before it could be asked is loaded once more. */
const MOST_LOADS = 2;

/** Null: nobody can be asked. A failure: it could not be loaded, or too many wait. Rejects with the signal's reason. */
export async function takeTurn(
  wanted: Omit<Wanted, 'held'>,
  parts: TurnParts,
): Promise<Pick | Failure | null> {
  const passed = new Set(wanted.tried);
  let failure: Failure | null = null;
  let held: Lease | null = null;
  let loads = 0;
  try {
    for (;;) {
      const turn = await parts.upstreams.next({ ...wanted, tried: passed, held }, parts);
      if (turn.kind === 'nobody') return failure;
      if (turn.kind === 'queue-full') return noTurn(queueFull(wanted.model));
      // It leaves with the pick.
      if (turn.kind === 'pick' && turn.candidate.endpoint.id === held?.endpointId) held = null;
      if (turn.kind === 'pick') return loads === 0 ? turn : { ...turn, reason: `loaded; ${turn.reason}` };
      held?.leave();
      held = null;
      const { endpointId } = turn;
      const found = await leaseOf(endpointId, parts, {
        isLast: loads === MOST_LOADS,
        isOnline: isOnline(wanted, endpointId),
      });
      if ('kind' in found) {
        failure = found;
        passed.add(endpointId);
      } else {
        held = found;
        loads += 1;
      }
    }
  } catch (error) {
    return refusalOf(error, parts.signal);
  } finally {
    held?.leave();
  }
}

interface LoadFacts {
  isOnline: boolean;
  /** It was loaded as often as a request may have it loaded. */
  isLast: boolean;
}

async function leaseOf(
  endpointId: string,
  parts: TurnParts,
  { isOnline, isLast }: LoadFacts,
): Promise<Lease | Failure> {
  const { models, upstreams } = parts;
  // A lease without a load: its server is there, frozen or just gone, and nothing that is loaded would help.
  const leave = isOnline ? null : models.enter(endpointId);
  if (leave !== null) {
    leave();
    upstreams.checkAgain(endpointId);
    return noTurn(noAnswer(endpointId));
  }
  return isLast ? noTurn(goneAgain(endpointId)) : load(endpointId, parts);
}

function isOnline({ resolve }: Omit<Wanted, 'held'>, endpointId: string): boolean {
  return resolve().candidates.some(
    ({ endpoint }) => endpoint.id === endpointId && endpoint.status === 'online',
  );
}

async function load(endpointId: string, { models, signal, wait }: TurnParts): Promise<Lease | Failure> {
  try {
    const leave = await wait((onPlace) => models.load(endpointId, { signal, onPlace }));
    return { endpointId, leave };
  } catch (error) {
    return refusalOf(error, signal);
  }
}

/** Throws what is none. */
function refusalOf(error: unknown, signal: AbortSignal): Failure {
  if (!signal.aborted && error instanceof GatewayError) return noTurn(error);
  throw error;
}

function noAnswer(endpointId: string): GatewayError {
  return noUpstream(
    `The server "${endpointId}" is loaded and does not answer now. It is being checked; try again in a moment.`,
    CHECKED_MS,
  );
}

function goneAgain(endpointId: string): GatewayError {
  return noUpstream(
    `The server "${endpointId}" ends as soon as it is loaded. See its log on the gateway's machine.`,
    10_000,
  );
}
