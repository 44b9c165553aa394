/** POST /tokenize, /detokenize and /apply-template: the model's tokenizer and chat template without a generation. */
import { z } from 'zod';
import { sendJson } from './call.ts';
import type { Call } from './call.ts';
import { messagesField, toChatMessages } from './chat-messages.ts';
import { withBos } from './chat-prompt.ts';
import { checkBody } from './read-body.ts';
import { RequestError } from './request-error.ts';
import { tokenList } from './token-list.ts';

const tokenizeSchema = z.object({
  content: z.string().nullish(),
  add_special: z.boolean().nullish(),
  parse_special: z.boolean().nullish(),
  with_pieces: z.boolean().nullish(),
});

export function tokenizeRoute({ host: { model }, body, response }: Call): void {
  const request = checkBody(tokenizeSchema, body);
  const plain = model.tokenize(request.content ?? '', request.parse_special ?? true);
  const tokens = request.add_special === true ? withBos(model, plain) : plain;
  const answer =
    request.with_pieces === true ? tokens.map((id) => ({ id, piece: model.detokenize([id], true) })) : tokens;
  sendJson(response, { tokens: answer });
}

const detokenizeSchema = z.object({ tokens: tokenList.nullish() });

export function detokenizeRoute({ host: { model }, body, response }: Call): void {
  const tokens = checkBody(detokenizeSchema, body).tokens ?? [];
  const vocabularySize = model.fileInfo.metadata.tokenizer.ggml.tokens.length;
  // The native detokenizer does not check its input.
  if (tokens.some((id) => id >= vocabularySize))
    throw new RequestError('invalid_request_error', 'invalid token id');
  sendJson(response, { content: model.detokenize(tokens, true) });
}

const templateSchema = z.object({ messages: messagesField });

export function applyTemplateRoute({ host, body, response }: Call): void {
  const { messages } = checkBody(templateSchema, body);
  sendJson(response, { prompt: host.chatPrompt.render(toChatMessages(messages)).text });
}
