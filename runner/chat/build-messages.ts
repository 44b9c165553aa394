/** The messages of a request: prompts first, then the history by turns, then the new message. Pure. */
import type { ChatMessage } from '#contract/chat';
import type { Prompt } from '#contract/preset';

/** A message of a session's history as the model gets it. */
export interface HistoryMessage {
  role: 'user' | 'assistant' | 'system';
  text: string;
  images: readonly string[];
  toolCalls: readonly unknown[] | null;
}

/** System and developer prompt as one message: chat templates of local models know no developer role, and refuse what they do not know. */
export function promptMessages({ system, developer }: Pick<Prompt, 'system' | 'developer'>): ChatMessage[] {
  const content = [system, developer].filter((text) => text.trim() !== '').join('\n\n');
  return content === '' ? [] : [{ role: 'system', content }];
}

export function toChatMessage({ role, text, images, toolCalls }: HistoryMessage): ChatMessage {
  if (images.length > 0) {
    const parts = images.map((url) => ({ type: 'image_url', image_url: { url } }));
    return { role, content: text === '' ? parts : [{ type: 'text', text }, ...parts] };
  }
  if (toolCalls !== null && toolCalls.length > 0)
    return { role, content: text === '' ? null : text, tool_calls: [...toolCalls] };
  return { role, content: text };
}

/** A turn begins with a message of the user, or of the system where a history was imported. */
export function toTurns(history: readonly HistoryMessage[], canSee: boolean): ChatMessage[][] {
  const turns: ChatMessage[][] = [];
  for (const message of history) {
    const turn = message.role === 'assistant' ? turns.at(-1) : undefined;
    const sent = toChatMessage(canSee ? message : withoutImages(message));
    if (turn === undefined) turns.push([sent]);
    else turn.push(sent);
  }
  return turns;
}

/** A conversation that goes on with a model that reads text only: it is told that there was an image. */
function withoutImages(message: HistoryMessage): HistoryMessage {
  const marks = message.images.map(() => '[image]');
  return { ...message, text: [...marks, message.text].join(' ').trim(), images: [] };
}

/** The text whose tokens count; images are counted apart. */
export function textOf({ content, ...rest }: ChatMessage): string {
  const calls = 'tool_calls' in rest ? JSON.stringify(rest['tool_calls']) : '';
  if (typeof content === 'string') return content + calls;
  if (!Array.isArray(content)) return calls;
  return content.map((part) => (typeof part['text'] === 'string' ? part['text'] : '')).join('\n') + calls;
}

export function imageCountOf({ content }: ChatMessage): number {
  return Array.isArray(content) ? content.filter(({ type }) => type === 'image_url').length : 0;
}
