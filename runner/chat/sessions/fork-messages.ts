/** Owns what a fork takes along: the messages up to one of them, without an answer that has not begun. Pure. */
import type { Message } from '#contract/session';

/** `last` is a message's id; null: all. An answer in the making stays behind with its question. */
export function messagesToFork(messages: readonly Message[], last: string | null): Message[] {
  const upTo = last === null ? messages : messages.slice(0, messages.findIndex(({ id }) => id === last) + 1);
  return upTo.filter(
    (message, index) => !isUnborn(message) && !(message.role === 'user' && isUnborn(upTo[index + 1])),
  );
}

/** Its text is stored when it ends. */
function isUnborn(message: Message | undefined): boolean {
  return message?.status === 'streaming';
}
