/** Joins what the runner stored with the answer being written: what to show, and what to wait for. */
import type { Message } from '#contract/session';
import type { LiveTurn } from './chat-streams.ts';

/** The turn has ended and the runner's own record of it is here. */
export function isStored(turn: LiveTurn, messages: readonly Message[]): boolean {
  return (
    turn.answer.end !== null &&
    messages.some(({ id, role, status }) => role === 'assistant' && status !== 'streaming' && !turn.known.has(id))
  );
}

/** The messages to show above the turn. */
export function messagesBefore(turn: LiveTurn | null, messages: readonly Message[]): readonly Message[] {
  return turn === null ? messages : messages.filter(({ id }) => turn.before.has(id));
}

/** A stored message that is being written by a stream: what to follow. */
export function streamToFollow(messages: readonly Message[]): { streamId: string; idsBefore: string[] } | null {
  const at = messages.findIndex(({ status }) => status === 'streaming');
  const streamId = messages[at]?.meta?.streamId ?? null;
  return streamId === null ? null : { streamId, idsBefore: messages.slice(0, at).map(({ id }) => id) };
}

/** The user's message that an answer belongs to: what to send again for another one. */
export function questionOf(messages: readonly Message[], answerId: string): Message | null {
  const at = messages.findIndex(({ id }) => id === answerId);
  return messages.slice(0, Math.max(0, at)).findLast(({ role }) => role === 'user') ?? null;
}
