/** Decides which models must go so that another has room: members of its group, then as few as possible until the memory suffices. Pure. */

/** A model that takes room now, or will in a moment. */
export interface Occupant {
  id: string;
  /** 0: not known. */
  memoryMb: number;
  group: string | null;
  /** Nobody may unload it. */
  isPinned: boolean;
  /** Somebody uses it, or waits for it. */
  isBusy: boolean;
  /** It is being unloaded already. */
  isLeaving: boolean;
  /** Another model waits for it to become idle. */
  isClaimed: boolean;
  /** Milliseconds on any clock. */
  lastUsedAt: number;
}

export interface Wanted {
  memoryMb: number;
  group: string | null;
}

/** There is room when these are gone; none: now. */
export interface Room {
  kind: 'room';
  victims: string[];
}

/** `holders` are what stands in the way for good; none: the model alone is over the budget. */
export interface NoRoom {
  kind: 'none';
  because: 'group' | 'memory';
  holders: string[];
}

/** `budgetMb` null: memory is no matter. */
export function findRoom(
  wanted: Wanted,
  occupants: readonly Occupant[],
  budgetMb: number | null,
): Room | NoRoom {
  const isFixed = ({ isPinned, isLeaving }: Occupant): boolean => isPinned && !isLeaving;
  const isRival = ({ group }: Occupant): boolean => group !== null && group === wanted.group;
  const fixed = occupants.filter(isFixed);
  const rivals = fixed.filter(isRival);
  if (rivals.length > 0) return { kind: 'none', because: 'group', holders: idsOf(rivals) };

  // What is not known takes nothing, so nobody has to go for it.
  const limitMb = budgetMb === null || wanted.memoryMb === 0 ? Infinity : budgetMb - wanted.memoryMb;
  if (limitMb < 0) return { kind: 'none', because: 'memory', holders: [] };
  if (memoryOf(fixed) > limitMb) {
    return { kind: 'none', because: 'memory', holders: idsOf(fixed.filter(({ memoryMb }) => memoryMb > 0)) };
  }

  const victims = new Set(occupants.filter((occupant) => isRival(occupant)));
  const fits = (): boolean => memoryOf(occupants.filter((occupant) => !victims.has(occupant))) <= limitMb;
  const others = occupants.filter((occupant) => !isFixed(occupant) && !isRival(occupant)).toSorted(byCost);
  for (const occupant of others) if (!fits()) victims.add(occupant);
  // A large one that had to go may have made an earlier small one needless.
  for (const occupant of others.toReversed()) {
    if (!victims.delete(occupant)) continue;
    if (!fits()) victims.add(occupant);
  }
  return { kind: 'room', victims: idsOf([...victims]) };
}

/** Cheapest to lose first. A busy one that drains already stays the one: else two could take turns and neither become idle. */
function byCost(one: Occupant, other: Occupant): number {
  return costOf(one) - costOf(other) || one.lastUsedAt - other.lastUsedAt;
}

function costOf({ isLeaving, isBusy, isClaimed }: Occupant): number {
  if (isLeaving) return 0;
  if (!isBusy) return 1;
  return isClaimed ? 2 : 3;
}

function memoryOf(occupants: readonly Occupant[]): number {
  return occupants.reduce((sum, { memoryMb }) => sum + memoryMb, 0);
}

function idsOf(occupants: readonly Occupant[]): string[] {
  return occupants.map(({ id }) => id);
}
