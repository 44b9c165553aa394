/** Owns which histories made elsewhere a session takes: whole turns. Pure. */
import type { Message } from '#contract/session';
import { AppError } from '../../base/errors.ts';

export type ImportedMessage = Pick<Message, 'role' | 'content'>;

/** Throws INVALID_REQUEST. A question without an answer would never reach a model again. */
export function checkImport(messages: readonly ImportedMessage[]): void {
  if (messages.at(-1)?.role === 'user')
    throw invalid(messages.length - 1, 'the history must end with an answer');
  const open = messages.findIndex(
    ({ role }, index) => role === 'user' && messages[index + 1]?.role !== 'assistant',
  );
  if (open !== -1) throw invalid(open, 'a user message must be followed by its answer');
}

function invalid(index: number, message: string): AppError {
  const path = `messages.${index}`;
  return new AppError('INVALID_REQUEST', `The request is not valid. ${path}: ${message}`, {
    details: [{ path, message }],
  });
}
