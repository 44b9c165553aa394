/** Owns how a turn changes the messages: how it begins, ends, and what comes back when nothing came of it. Inside the store's transactions. */
import type { AnswerMeta, Message } from '#contract/session';
import { AppError } from '../../base/errors.ts';
import type { AnswerEnd, MessageTable } from './message-table.ts';
import type { MessageRow } from './session-rows.ts';

export interface TurnStart {
  user: Pick<Message, 'content' | 'sent' | 'images'>;
  meta: AnswerMeta;
  /** A message: its turn and all after it give way to this one. */
  replaceFrom?: string | null | undefined;
}

export interface TurnIds {
  userMessageId: string;
  answerId: string;
}

/** A message of which only some parts are known. */
export function newMessage(
  known: Pick<Message, 'id' | 'role' | 'content' | 'at'> & Partial<Message>,
): Message {
  return {
    sent: null,
    images: [],
    reasoning: null,
    toolCalls: null,
    status: 'complete',
    error: null,
    meta: null,
    ...known,
  };
}

/** Puts the user's message and an empty answer into the session. Throws MESSAGE_NOT_FOUND. */
export function startTurn(
  messages: MessageTable,
  turn: TurnStart,
  { session, at, ...ids }: TurnIds & { session: number; at: string },
): void {
  const { user, meta, replaceFrom = null } = turn;
  if (replaceFrom !== null) messages.hideFrom(firstReplaced(messages, session, replaceFrom), ids.answerId);
  const { content, sent, images } = user;
  messages.insert(session, newMessage({ id: ids.userMessageId, role: 'user', content, sent, images, at }));
  messages.insert(
    session,
    newMessage({ id: ids.answerId, role: 'assistant', content: '', status: 'streaming', meta, at }),
  );
}

/** A turn is replaced as a whole: an answer's id means the question before it, too. */
function firstReplaced(messages: MessageTable, session: number, id: string): MessageRow {
  const named = visibleOrThrow(messages, session, id);
  if (named.role !== 'assistant') return named;
  const before = messages.visibleBefore(named);
  return before?.role === 'user' ? before : named;
}

export function visibleOrThrow(messages: MessageTable, session: number, id: string): MessageRow {
  const message = messages.visibleById(session, id);
  if (message === undefined) {
    throw new AppError(
      'MESSAGE_NOT_FOUND',
      `There is no message with the id ${id} in this session. It may have been replaced.`,
    );
  }
  return message;
}

/** A turn that brought nothing goes, and what it replaced comes back; else what it replaced is gone for good. */
export function finishTurn(messages: MessageTable, answer: MessageRow, end: AnswerEnd): void {
  const isNothing = end.status !== 'complete' && end.content === '' && (end.toolCalls ?? []).length === 0;
  if (isNothing && messages.hasReplaced(answer)) {
    const question = messages.visibleBefore(answer);
    if (question?.role === 'user') messages.remove(question.row);
    messages.remove(answer.row);
    messages.restore(answer);
    return;
  }
  messages.finish(answer.row, end);
  messages.removeReplaced(answer);
}
