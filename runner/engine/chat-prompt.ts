/** Renders chat messages to prompt tokens with the chat template (jinja) of the GGUF file; without one, ChatML as llama-server does. */
import type { ChatHistoryItem, ChatWrapper, LlamaModel, Token } from 'node-llama-cpp';
import { RequestError } from './request-error.ts';
import type { EngineLog } from './engine-log.ts';

export interface ChatMessage {
  role: 'system' | 'user' | 'assistant';
  text: string;
}

export interface ChatPrompt {
  template: string;
  /** The rendered prompt, without the BOS token the tokenizer may add. */
  render(messages: readonly ChatMessage[]): { text: string; tokens: Token[] };
}

export async function createChatPrompt(model: LlamaModel, log: EngineLog): Promise<ChatPrompt> {
  const template = model.fileInfo.metadata.tokenizer.chat_template ?? '';
  const wrapper = await createWrapper(model, template, log);
  return {
    template,
    render(messages) {
      const text = renderWith(wrapper, messages);
      return { text: text.toString(), tokens: withBos(model, text.tokenize(model.tokenizer)) };
    },
  };
}

/** Adds the BOS token in front if the model wants one and the text has none. */
export function withBos(model: LlamaModel, tokens: Token[]): Token[] {
  const { bos, shouldPrependBosToken } = model.tokens;
  return bos === null || !shouldPrependBosToken || tokens[0] === bos ? tokens : [bos, ...tokens];
}

async function createWrapper(model: LlamaModel, template: string, log: EngineLog): Promise<ChatWrapper> {
  const { ChatMLChatWrapper, JinjaTemplateChatWrapper } = await import('node-llama-cpp');
  if (template === '') return new ChatMLChatWrapper();
  try {
    return new JinjaTemplateChatWrapper({
      template,
      tokenizer: model.tokenizer,
      functionCallMessageTemplate: 'noJinja',
      joinAdjacentMessagesOfTheSameType: false,
      trimLeadingWhitespaceInResponses: false,
    });
  } catch (error) {
    log.line(
      'W',
      'srv load_model',
      `the model's chat template cannot be used, taking ChatML: ${String(error)}`,
    );
    return new ChatMLChatWrapper();
  }
}

function renderWith(
  wrapper: ChatWrapper,
  messages: readonly ChatMessage[],
): ReturnType<ChatWrapper['generateContextState']>['contextText'] {
  const chatHistory = messages.map((message) => toHistoryItem(message));
  // A last message of the assistant is continued, as llama-server does; otherwise its turn is opened.
  if (messages.at(-1)?.role !== 'assistant') chatHistory.push({ type: 'model', response: [] });
  try {
    return wrapper.generateContextState({ chatHistory }).contextText;
  } catch (error) {
    throw new RequestError(
      'invalid_request_error',
      `The chat template refuses these messages: ${String(error)}`,
    );
  }
}

function toHistoryItem({ role, text }: ChatMessage): ChatHistoryItem {
  return role === 'assistant' ? { type: 'model', response: [text] } : { type: role, text };
}
