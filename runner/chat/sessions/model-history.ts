/** Owns which messages of a session a model gets to see: whole turns only, a question never without its answer. Pure. */
import type { Message } from '#contract/session';

export interface HistoryMessage {
  id: string;
  role: Message['role'];
  /** What was sent, where a template made something else of what was typed. */
  text: string;
  images: string[];
  toolCalls: unknown[] | null;
}

/** Those before the turn of the answer `before`; without it, all. */
export function modelHistory(messages: readonly Message[], before: string | undefined): HistoryMessage[] {
  const end = messages.findIndex((message) => message.id === before);
  const earlier = end === -1 ? messages : messages.slice(0, end);
  return earlier.filter((message, index) => isPartOfHistory(message, earlier[index + 1])).map(forModel);
}

function isPartOfHistory(message: Message, next: Message | undefined): boolean {
  if (message.role === 'system') return true;
  if (message.role === 'assistant') return isAnswer(message);
  return next?.role === 'assistant' && isAnswer(next);
}

function isAnswer({ status, content }: Message): boolean {
  return status === 'complete' || (status === 'cut' && content !== '');
}

/** A cut answer's tool calls may be half-written: servers refuse arguments that are no JSON. */
function forModel({ id, role, content, sent, images, toolCalls, status }: Message): HistoryMessage {
  return { id, role, text: sent ?? content, images, toolCalls: status === 'complete' ? toolCalls : null };
}
