/** The `messages` field of a chat request, reduced to roles and texts. */
import { z } from 'zod';
import type { ChatMessage } from './chat-prompt.ts';
import { RequestError } from './request-error.ts';

const partSchema = z.object({ type: z.string(), text: z.string().optional() });

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z
    .union([z.string(), z.array(partSchema)], "Expected 'content' to be a string or an array")
    .nullish(),
});

export const messagesField = z.array(messageSchema, {
  error: (issue) =>
    issue.input === undefined ? "'messages' is required" : "Expected 'messages' to be an array",
});

type WireMessage = z.infer<typeof messageSchema>;

/** Throws for parts this engine cannot read: images, audio, video. */
export function toChatMessages(messages: readonly WireMessage[]): ChatMessage[] {
  return messages.map(({ role, content }) => ({
    role: role === 'developer' ? 'system' : role,
    text: textOf(content),
  }));
}

function textOf(content: WireMessage['content']): string {
  if (content === null || content === undefined) return '';
  if (typeof content === 'string') return content;
  return content.map((part) => textOfPart(part)).join('\n');
}

function textOfPart({ type, text }: z.infer<typeof partSchema>): string {
  if (type === 'text' && text !== undefined) return text;
  const medium = /^(?:input_)?(image|audio|video)/.exec(type)?.[1];
  if (medium === undefined)
    throw new RequestError('invalid_request_error', `unsupported content part type: "${type}"`);
  const hint = 'if this is unexpected, you may need to provide the mmproj';
  throw new RequestError('server_error', `${medium} input is not supported - hint: ${hint}`);
}
