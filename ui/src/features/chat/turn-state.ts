/** Combines the stored messages with the turn in progress: what to show, and which stream to follow. */
import type { Message } from '#contract/session';
import type { LiveTurn } from './chat-streams.ts';

/** The turn has ended and its answer is among the stored messages. */
export function isStored(turn: LiveTurn, messages: readonly Message[]): boolean {
  return (
    turn.answer.end !== null &&
    messages.some(
      ({ id, role, status }) => role === 'assistant' && status !== 'streaming' && !turn.known.has(id),
    )
  );
}

/** The messages to show above the turn. */
export function messagesBefore(turn: LiveTurn | null, messages: readonly Message[]): readonly Message[] {
  return turn === null ? messages : messages.filter(({ id }) => turn.before.has(id));
}

/** The stream of a stored message that is still being written. */
export function streamToFollow(
  messages: readonly Message[],
): { streamId: string; idsBefore: string[] } | null {
  const at = messages.findIndex(({ status }) => status === 'streaming');
  const streamId = messages[at]?.meta?.streamId ?? null;
  return streamId === null ? null : { streamId, idsBefore: messages.slice(0, at).map(({ id }) => id) };
}

/** The user's message before an answer: what to send again for another answer. */
export function questionOf(messages: readonly Message[], answerId: string): Message | null {
  const at = messages.findIndex(({ id }) => id === answerId);
  return messages.slice(0, Math.max(0, at)).findLast(({ role }) => role === 'user') ?? null;
}
