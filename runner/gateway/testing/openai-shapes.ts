/** OpenAI's published schemas of answers, errors and stream chunks, as far as the gateway carries them; and what llama-server leaves out of them. */
import { z } from 'zod';

const whole = z.number().int();

export const modelShape = z.object({
  id: z.string().min(1),
  object: z.literal('model'),
  created: whole,
  owned_by: z.string(),
});
export const modelListShape = z.object({ object: z.literal('list'), data: z.array(modelShape) });

/** Of the gateway itself: all four, always. */
export const errorShape = z.strictObject({
  error: z.strictObject({
    message: z.string().min(1),
    type: z.string().min(1),
    param: z.string().nullable(),
    code: z.string().min(1),
  }),
});
/** Of llama-server, whose refusals pass as they are: the code is the status, there is no param. */
export const llamaErrorShape = z.object({
  error: z.object({ message: z.string().min(1), type: z.string().min(1), code: whole }),
});

const usage = z.object({ prompt_tokens: whole, completion_tokens: whole, total_tokens: whole });
const finish = z.enum(['stop', 'length', 'tool_calls', 'content_filter', 'function_call']);
const tokenLogprob = z.object({
  token: z.string(),
  logprob: z.number(),
  bytes: z.array(whole).nullable(),
  top_logprobs: z.array(z.unknown()),
});
const logprobs = z.object({
  content: z.array(tokenLogprob).nullable(),
  refusal: z.array(tokenLogprob).nullable(),
});
const toolCall = z.object({
  id: z.string(),
  type: z.literal('function'),
  function: z.object({ name: z.string(), arguments: z.string() }),
});
const message = z.object({
  role: z.literal('assistant'),
  content: z.string().nullable(),
  refusal: z.string().nullable(),
  tool_calls: z.array(toolCall).optional(),
});
const choice = z.object({ index: whole, finish_reason: finish, logprobs: logprobs.nullable(), message });

export const chatShape = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: whole,
  model: z.string(),
  choices: z.array(choice).min(1),
  usage: usage.optional(),
});
export const llamaChatShape = chatShape.extend({
  choices: z
    .array(choice.partial({ logprobs: true }).extend({ message: message.partial({ refusal: true }) }))
    .min(1),
  usage,
});

const toolCallPart = z.object({
  index: whole,
  id: z.string().optional(),
  type: z.literal('function').optional(),
  function: z.object({ name: z.string().optional(), arguments: z.string().optional() }).optional(),
});
const delta = z.object({
  role: z.enum(['developer', 'system', 'user', 'assistant', 'tool']).optional(),
  content: z.string().nullish(),
  refusal: z.string().nullish(),
  tool_calls: z.array(toolCallPart).optional(),
});

export const chatChunkShape = z.object({
  id: z.string(),
  object: z.literal('chat.completion.chunk'),
  created: whole,
  model: z.string(),
  choices: z.array(
    z.object({ index: whole, delta, finish_reason: finish.nullable(), logprobs: logprobs.nullish() }),
  ),
  usage: usage.nullish(),
});

const textChoice = z.object({
  index: whole,
  text: z.string(),
  logprobs: z.unknown().nullable(),
  finish_reason: finish,
});
const textCompletion = z.object({
  id: z.string(),
  object: z.literal('text_completion'),
  created: whole,
  model: z.string(),
  usage: usage.nullish(),
});
export const completionShape = textCompletion.extend({ choices: z.array(textChoice).min(1) });
/** As a whole answer, but that it need not have ended. */
export const completionChunkShape = textCompletion.extend({
  choices: z.array(textChoice.extend({ finish_reason: finish.nullable() })),
});

export const embeddingsShape = z.object({
  object: z.literal('list'),
  model: z.string(),
  data: z
    .array(
      z.object({
        object: z.literal('embedding'),
        index: whole,
        embedding: z.union([z.array(z.number()), z.base64()]),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: whole, total_tokens: whole }),
});
