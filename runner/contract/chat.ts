/** The chat REST of the seeds: requests, answers and stream frames. Names are snake_case, as there. */
import { z } from 'zod';
import { samplerSchema } from './preset.ts';
import {
  answerMetaSchema,
  imageUrlSchema,
  leftOutSchema,
  messageSchema,
  sessionIdSchema,
  usageSchema,
} from './session.ts';

/** Sampler settings of one request; `null` counts as absent. They beat those of the session's preset, which beat `LLM_*`. */
const samplerFields = Object.fromEntries(
  Object.entries(samplerSchema.shape).map(([name, field]) => [name, field.nullish()]),
) as unknown as {
  [K in keyof typeof samplerSchema.shape]: z.ZodOptional<
    z.ZodNullable<z.ZodType<z.infer<(typeof samplerSchema.shape)[K]>>>
  >;
};

const callFields = {
  ...samplerFields,
  /** Where to ask; absent: the session's, else LLM_SERVER_URL, else the newest launched server that is online. */
  endpoint_id: z.string().max(64).nullish(),
  /** False: only that endpoint may answer. Else another that serves its model, or a fallback of its route, stands in while it cannot. */
  fallback: z.boolean().nullish(),
  /** Which model of that server; absent or "default": its own. */
  model: z.string().max(256).nullish(),
  tools: z.array(z.unknown()).max(256).nullish(),
  tool_choice: z.unknown().optional(),
  /** Send `{"reasoning"}` frames, whatever LLM_SKIP_THINKING says. */
  reasoning: z.boolean().nullish(),
  /** Send `{"progress"}` frames. */
  progress: z.boolean().nullish(),
  /**
   * What a lost client means. "stop" (default): the generation is stopped at once. "continue": it goes on for 30 s without a viewer, so
   * that a client which comes back with Last-Event-ID finds a whole answer.
   */
  on_disconnect: z.enum(['stop', 'continue']).nullish(),
};

/** A message as the OpenAI API has it; parts (text, image_url …) reach the server untouched. */
const chatMessageSchema = z.looseObject({
  role: z.enum(['system', 'developer', 'user', 'assistant', 'tool']),
  content: z.union([z.string(), z.array(z.looseObject({ type: z.string() })), z.null()]).optional(),
});
export type ChatMessage = z.infer<typeof chatMessageSchema>;

/**
 * Body of `POST /api/llm/chat` and `/chat/stream`: stateless, the whole conversation in `messages`. `preset_id` puts a preset's prompts
 * before it. Fields that are not named here (response_format, presence_penalty …) are passed on to the server as they are.
 */
export const chatRequestSchema = z.looseObject({
  ...callFields,
  messages: z.array(chatMessageSchema).min(1).max(10_000),
  preset_id: z.string().max(64).nullish(),
});
export type ChatRequest = z.infer<typeof chatRequestSchema>;

/**
 * Body of `POST /api/llm/chat/session` and `/chat/session/stream`. An unknown or absent `session_id` makes a new session. `system_prompt`
 * becomes the session's. `replace_from` (a message id) takes that message and all after it out of the history when the answer comes:
 * edit and resend, or regenerate.
 */
export const sessionChatRequestSchema = z.looseObject({
  ...callFields,
  session_id: sessionIdSchema.nullish(),
  message: z.string().max(4_000_000),
  images: z.array(imageUrlSchema).max(8).nullish(),
  system_prompt: z.string().max(200_000).nullish(),
  preset_id: z.string().max(64).nullish(),
  replace_from: z.string().max(64).nullish(),
});
export type SessionChatRequest = z.infer<typeof sessionChatRequestSchema>;

/**
 * How far an answer is. "queued": `place` 1 is next. "prompt": `percent` of the prompt is read (where the server tells). "answer": `tokens`
 * so far, `tokens_per_second`, and `expected_end_ms` from now at the latest, where max_tokens is known.
 */
export const progressSchema = z.discriminatedUnion('phase', [
  z.object({ phase: z.literal('queued'), place: z.number().int() }),
  z.object({
    phase: z.literal('prompt'),
    percent: z.number().nullable(),
    tokens: z.number().int().nullable(),
  }),
  z.object({
    phase: z.literal('answer'),
    tokens: z.number().int(),
    tokens_per_second: z.number().nullable(),
    expected_end_ms: z.number().nullable(),
  }),
]);
export type Progress = z.infer<typeof progressSchema>;

const doneFields = {
  session_id: z.string().optional(),
  message_id: z.string().optional(),
  stream_id: z.string(),
  model: z.string().nullable(),
  endpoint_id: z.string(),
  finish_reason: z.string().nullable(),
  usage: usageSchema.nullable(),
  timings: z.unknown().optional(),
  /** Present when part of the history was not sent. */
  left_out: leftOutSchema.optional(),
};

export const doneFrameSchema = z.object({ done: z.literal(true), ...doneFields });
export type DoneFrame = z.infer<typeof doneFrameSchema>;
export const errorFrameSchema = z.object({
  error: z.string(),
  code: z.string(),
  details: z.unknown().optional(),
});
export type ErrorFrame = z.infer<typeof errorFrameSchema>;

/**
 * One `data:` of a stream, told apart by its key. `{"content"}` and `{"reasoning"}` are pieces to append; `{"tool_calls"}` are pieces as the
 * OpenAI API streams them; the last frame is `{"done": true}` or `{"error"}`, never both. Each has an SSE id `<stream>:<number>`.
 */
export const chatFrameSchema = z.union([
  z.object({ content: z.string() }),
  z.object({ reasoning: z.string() }),
  z.object({ tool_calls: z.array(z.unknown()) }),
  z.object({ progress: progressSchema }),
  doneFrameSchema,
  errorFrameSchema,
]);
export type ChatFrame = z.infer<typeof chatFrameSchema>;

/** Answer of `POST /api/llm/chat` and `/chat/session`: `response` is the whole text. */
export const chatResponseSchema = z.object({
  ok: z.literal(true),
  response: z.string(),
  reasoning: z.string().optional(),
  tool_calls: z.array(z.unknown()).optional(),
  ...doneFields,
});
export type ChatResponse = z.infer<typeof chatResponseSchema>;

/** Answer of `GET /api/llm/chat/session/:id/history`, and of `POST /api/llm/chat/session/history` with `{session_id}`. */
export const historyRequestSchema = z.strictObject({ session_id: sessionIdSchema });
/** Body of `POST /api/llm/chat/session/:id/history`: messages of a conversation held elsewhere; the last must be an answer. */
export const historyAppendSchema = z.strictObject({
  messages: z
    .array(
      z.strictObject({ role: z.enum(['user', 'assistant', 'system']), content: z.string().max(4_000_000) }),
    )
    .min(1)
    .max(10_000),
});
export const historyResponseSchema = z.object({
  ok: z.literal(true),
  session_id: z.string(),
  messages: z.array(
    messageSchema
      .pick({ id: true, role: true, content: true, status: true, at: true })
      .extend({ meta: answerMetaSchema.nullable() }),
  ),
});

/** Answer of `GET /api/llm/health` when the default endpoint answers; 503 with an error when it does not. */
export const llmHealthResponseSchema = z.object({
  ok: z.literal(true),
  /** How its model is reached: over HTTP, or through a broker. */
  mode: z.enum(['sse', 'mqtt']),
  status: z.literal('online'),
  endpoint_id: z.string(),
  server_url: z.string(),
  model: z.string().nullable(),
  latency_ms: z.number().nullable(),
});
