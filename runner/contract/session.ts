/** Sessions: conversations kept on this machine, each bound to an endpoint and a prompt. */
import { z } from 'zod';
import { promptSchema, samplerSchema } from './preset.ts';

/** Clients may name a session themselves (the seeds do: "my-session-123"). */
export const sessionIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9._:-]{1,128}$/, 'must be 1 to 128 of the characters A-Z a-z 0-9 . _ : -')
  .refine((id) => id !== '.' && id !== '..', 'must not be "." or ".."');

/** Images as `data:image/png;base64,…` (png, jpeg, webp, gif). */
export const imageUrlSchema = z
  .string()
  .max(12_000_000, 'the image is over 9 MB: make it smaller')
  .regex(
    /^data:image\/(png|jpeg|webp|gif);base64,[A-Za-z0-9+/]+=*$/,
    'must be a data URL of a PNG, JPEG, WebP or GIF image',
  );

export const usageSchema = z.object({
  prompt_tokens: z.number(),
  completion_tokens: z.number(),
  total_tokens: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

/** What was not sent to the model because the history was too long: whole turns, oldest first. `counted` false: tokens were estimated. */
export const leftOutSchema = z.object({
  turns: z.number().int(),
  messages: z.number().int(),
  tokens: z.number().int(),
  counted: z.boolean(),
});
export type LeftOut = z.infer<typeof leftOutSchema>;

/**
 * How an answer came about. Times in ms; `tokensPerSecond` as the server measured it, else from the clock; `launch` is the masked command
 * line of the server that answered (null: not launched here); counts are null where the server did not tell.
 */
export const answerMetaSchema = z.object({
  model: z.string().nullable(),
  endpointId: z.string(),
  endpointName: z.string(),
  presetId: z.string().nullable(),
  presetName: z.string().nullable(),
  sampler: samplerSchema,
  launch: z.string().nullable(),
  promptTokens: z.number().nullable(),
  completionTokens: z.number().nullable(),
  tokensPerSecond: z.number().nullable(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number().nullable(),
  finishReason: z.string().nullable(),
  leftOut: leftOutSchema.nullable(),
  streamId: z.string().nullable(),
});
export type AnswerMeta = z.infer<typeof answerMetaSchema>;

/**
 * `status`: "complete"; "streaming" = being written now; "cut" = ended early (by the user, a lost client, a broken server or a killed
 * runner), what had arrived is in `content`; "failed" = nothing came, `error` says why. `sent` is the text that the template made of
 * `content`, null where they are the same. `toolCalls` are as the OpenAI API writes them.
 */
export const messageSchema = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant', 'system']),
  content: z.string(),
  sent: z.string().nullable(),
  images: z.array(z.string()),
  reasoning: z.string().nullable(),
  toolCalls: z.array(z.unknown()).nullable(),
  status: z.enum(['complete', 'streaming', 'cut', 'failed']),
  error: z.object({ code: z.string(), message: z.string() }).nullable(),
  meta: answerMetaSchema.nullable(),
  at: z.string(),
});
export type Message = z.infer<typeof messageSchema>;

/**
 * A session without its messages. `prompt` is the session's own copy: a later change of the preset does not touch it; `presetId` says which
 * preset it was taken from. `endpointId` null: the default endpoint at the time of each message. `model` null: the endpoint's own.
 */
export const sessionSchema = z.object({
  id: z.string(),
  title: z.string(),
  endpointId: z.string().nullable(),
  model: z.string().nullable(),
  presetId: z.string().nullable(),
  prompt: promptSchema,
  messageCount: z.number().int(),
  isAnswering: z.boolean(),
  forkedFrom: z.object({ sessionId: z.string(), messageId: z.string() }).nullable(),
  createdAt: z.string(),
  updatedAt: z.string(),
});
export type Session = z.infer<typeof sessionSchema>;

const title = z.string().trim().min(1).max(200);

/** Body of `POST /api/sessions`. Without `title` the first message names it. `presetId` absent: the endpoint's default preset, if any. */
export const sessionInputSchema = z.strictObject({
  id: sessionIdSchema.optional(),
  title: title.optional(),
  endpointId: z.string().max(64).nullish(),
  model: z.string().max(256).nullish(),
  presetId: z.string().max(64).nullish(),
  prompt: promptSchema.optional(),
});
export type SessionInput = z.infer<typeof sessionInputSchema>;

/** Body of `PATCH /api/sessions/:id`. `presetId` copies that preset into the session; `prompt` sets the texts themselves. */
export const sessionChangeSchema = sessionInputSchema.omit({ id: true });
export type SessionChange = z.infer<typeof sessionChangeSchema>;

/** Body of `POST /api/sessions/:id/fork`: a new session with the messages up to and with `messageId`; absent: all. */
export const sessionForkSchema = z.strictObject({
  messageId: z.string().max(64).optional(),
  title: title.optional(),
});

export const sessionListResponseSchema = z.object({ ok: z.literal(true), sessions: z.array(sessionSchema) });
export const sessionResponseSchema = z.object({ ok: z.literal(true), session: sessionSchema });
export const sessionDetailResponseSchema = z.object({
  ok: z.literal(true),
  session: sessionSchema,
  messages: z.array(messageSchema),
});

/** `GET /api/sessions/:id/export?format=json`. */
export const sessionExportSchema = z.object({
  format: z.literal('llm-server-manager/session'),
  version: z.literal(1),
  session: sessionSchema,
  messages: z.array(messageSchema),
});
export type SessionExport = z.infer<typeof sessionExportSchema>;
