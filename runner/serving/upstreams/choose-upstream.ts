/** Which upstream answers: the lowest priority, free slots before full ones, servers before other gateways, the conversation's last one while it is not overloaded, else the least busy. Pure. */
import type { Candidate } from '../models/models-of-endpoints.ts';

export interface ChoiceFacts {
  /** Requests that an endpoint is answering, ours and what others sent there. */
  loadOf: (endpointId: string) => number;
  /** The endpoint that answered this conversation before, and holds its beginning in the KV cache; null: none. */
  lastId: string | null;
  /** Grows with every choice: equal ones take turns. */
  turn: number;
}

type ChoiceReason = 'only' | 'affinity' | 'least-busy';

export interface Choice {
  candidate: Candidate;
  reason: ChoiceReason;
}

/** For servers that do not tell their slots: what llama-server opens by itself. */
const USUAL_SLOTS = 4;

interface Rated {
  candidate: Candidate;
  load: number;
  /** Slots by weight: twice the weight carries twice the requests. */
  capacity: number;
  isFull: boolean;
}

/** Those of the lowest priority. */
export function nearestOf(candidates: readonly Candidate[]): Candidate[] {
  const priority = Math.min(...candidates.map((candidate) => candidate.priority));
  return candidates.filter((candidate) => candidate.priority === priority);
}

/** Null when there is none. */
export function chooseUpstream(
  candidates: readonly Candidate[],
  { loadOf, lastId, turn }: ChoiceFacts,
): Choice | null {
  const rated = nearestOf(candidates).map((candidate) => rate(candidate, loadOf));
  const withRoom = rated.filter(({ isFull }) => !isFull);
  const open = serversFirst(withRoom.length > 0 ? withRoom : rated);
  const lowest = Math.min(...open.map(pressure));
  const leastBusy = open.filter((each) => pressure(each) === lowest);
  const best = leastBusy[turn % leastBusy.length];
  if (best === undefined) return null;
  if (candidates.length === 1) return { candidate: best.candidate, reason: 'only' };
  const last = open.find(({ candidate }) => candidate.endpoint.id === lastId);
  if (last !== undefined && !isOverloaded(last, best))
    return { candidate: last.candidate, reason: 'affinity' };
  return { candidate: best.candidate, reason: 'least-busy' };
}

/**
 * Another gateway may send the request round, or back here: it is for what the servers have no room for. Where a server does not tell its
 * slots, one request makes it as busy as the others.
 */
function serversFirst(rated: Rated[]): Rated[] {
  const servers = rated.filter(({ candidate }) => candidate.endpoint.isGateway !== true);
  const haveRoom = servers.some(
    ({ candidate, load, isFull }) => !isFull && (load === 0 || candidate.endpoint.slots !== null),
  );
  return haveRoom ? servers : rated;
}

function rate(candidate: Candidate, loadOf: ChoiceFacts['loadOf']): Rated {
  const { id, slots } = candidate.endpoint;
  const load = loadOf(id);
  return {
    candidate,
    load,
    capacity: Math.max(1, slots ?? USUAL_SLOTS) * candidate.weight,
    isFull: slots !== null && load >= slots,
  };
}

/** How busy it would be with this request. */
function pressure({ load, capacity }: Rated): number {
  return (load + 1) / capacity;
}

/** Fuller than the least busy by more than one request, the other's load measured in this one's capacity. */
function isOverloaded(last: Rated, best: Rated): boolean {
  return last.load > (best.load * last.capacity) / best.capacity + 1;
}
