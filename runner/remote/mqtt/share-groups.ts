/** Shared subscriptions for a broker that has none (aedes): who takes part in which group, and whose turn a message is. */
import { isMatch, sharedFilter } from './topics.ts';

interface Group {
  filter: string;
  members: string[];
  turn: number;
  /** The message that was last given out, and to whom: the broker asks once for every member. */
  given: { message: number; member: string } | null;
}

export class ShareGroups {
  readonly #groups = new Map<string, Group>();

  /** The filter to subscribe to in place of `$share/<group>/<filter>`; an ordinary one stays. */
  join(client: string, wanted: string): string {
    const shared = sharedFilter(wanted);
    if (shared === null) return wanted;
    const group = this.#groups.get(wanted) ?? { filter: shared.filter, members: [], turn: 0, given: null };
    this.#groups.set(wanted, group);
    if (!group.members.includes(client)) group.members.push(client);
    return shared.filter;
  }

  /** Answers the filter that the client is to be taken off, null where it did not take part. */
  leave(client: string, wanted: string): string | null {
    const group = this.#groups.get(wanted);
    if (group === undefined || !group.members.includes(client)) return null;
    group.members = group.members.filter((member) => member !== client);
    if (group.members.length === 0) this.#groups.delete(wanted);
    return group.filter;
  }

  forget(client: string): void {
    for (const wanted of this.#groups.keys()) this.leave(client, wanted);
  }

  /** Whether this client is to get the message: one member of each group is, in turns. `message` is its number. */
  isFor(client: string, { topic, message }: { topic: string; message: number }): boolean {
    const groups = [...this.#groups.values()].filter(
      ({ filter, members }) => members.includes(client) && isMatch(filter, topic),
    );
    return groups.length === 0 || groups.some((group) => receiverOf(group, message) === client);
  }
}

function receiverOf(group: Group, message: number): string | undefined {
  if (group.given?.message !== message) {
    const member = group.members[group.turn % group.members.length];
    group.turn += 1;
    group.given = member === undefined ? null : { message, member };
  }
  return group.given?.member;
}
