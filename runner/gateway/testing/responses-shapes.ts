/** OpenAI's published schemas of the Responses API, and what llama-server leaves out of them. */
import { z } from 'zod';

const whole = z.number().int();
const status = z.enum(['completed', 'failed', 'in_progress', 'cancelled', 'queued', 'incomplete']);
const outputText = z.object({
  type: z.literal('output_text'),
  text: z.string(),
  annotations: z.array(z.unknown()),
});
const outputMessage = z.object({
  id: z.string(),
  type: z.literal('message'),
  role: z.literal('assistant'),
  status: z.enum(['in_progress', 'completed', 'incomplete']),
  content: z.array(outputText),
});
const usage = z.object({
  input_tokens: whole,
  input_tokens_details: z.object({ cached_tokens: whole }),
  output_tokens: whole,
  output_tokens_details: z.object({ reasoning_tokens: whole }),
  total_tokens: whole,
});

export const responseShape = z.object({
  id: z.string(),
  object: z.literal('response'),
  created_at: z.number(),
  model: z.string(),
  status,
  output: z.array(outputMessage),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  incomplete_details: z.object({ reason: z.string() }).nullable(),
  instructions: z.string().nullable(),
  metadata: z.record(z.string(), z.string()).nullable(),
  parallel_tool_calls: z.boolean(),
  temperature: z.number().nullable(),
  top_p: z.number().nullable(),
  tool_choice: z.union([z.string(), z.object({ type: z.string() })]),
  tools: z.array(z.unknown()),
  usage: usage.optional(),
});
export const llamaResponseShape = responseShape
  .pick({ id: true, object: true, created_at: true, model: true, status: true, output: true })
  .extend({ usage: usage.partial({ output_tokens_details: true }) });

const numbered = z.object({ sequence_number: whole });
const ofItem = numbered.extend({ output_index: whole });
const ofPart = ofItem.extend({ item_id: z.string(), content_index: whole });

const whenWhole = {
  type: z.enum(['response.created', 'response.in_progress', 'response.completed']),
  response: responseShape,
};
const whenItem = {
  type: z.enum(['response.output_item.added', 'response.output_item.done']),
  item: outputMessage,
};
const whenPart = {
  type: z.enum(['response.content_part.added', 'response.content_part.done']),
  part: outputText,
};
const whenDelta = { type: z.literal('response.output_text.delta'), delta: z.string() };
const errorEvent = z.strictObject({
  type: z.literal('error'),
  code: z.string().nullable(),
  message: z.string(),
  param: z.string().nullable(),
  sequence_number: whole,
});
const whenText = { type: z.literal('response.output_text.done'), text: z.string() };

export const responseEventShape = z.discriminatedUnion('type', [
  numbered.extend(whenWhole),
  ofItem.extend(whenItem),
  ofPart.extend(whenPart),
  ofPart.extend(whenDelta),
  ofPart.extend(whenText),
  errorEvent,
]);

/** No numbers and indexes (the error event is the gateway's); the response is whole at the end only. */
export const llamaResponseEventShape = z.discriminatedUnion('type', [
  z.object({
    type: z.enum(['response.created', 'response.in_progress']),
    response: llamaResponseShape.pick({ id: true, object: true, status: true }),
  }),
  z.object({ type: z.literal('response.completed'), response: llamaResponseShape }),
  z.object(whenItem),
  z.object({ ...whenPart, item_id: z.string(), part: outputText.partial({ annotations: true }) }),
  z.object({ ...whenDelta, item_id: z.string() }),
  z.object({ ...whenText, item_id: z.string() }),
  errorEvent,
]);
