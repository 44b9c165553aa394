/** The JSON on the topics: requests, frames, cancellations and presence, and how each is read. Whatever else arrives is null. */
import { z } from 'zod';
import { readJson } from './read-json.ts';

/** Of a request, a client or a worker: one level of a topic. */
const idSchema = z.string().regex(/^[A-Za-z0-9._-]{1,64}$/);
const count = z.number().int().nonnegative();
/** What others say of a fault reaches users and logs. */
const cut = (length: number) => z.string().transform((text) => text.slice(0, length));

/** A prompt of 256 KB is ordinary; images are longer. */
export const MAX_REQUEST_BYTES = 16 * 1024 * 1024;
export const MAX_ATTEMPTS = 3;
export const MAX_HOPS = 3;

/**
 * What a client asks. `body` is that of `/v1/chat/completions`. `timeoutMs` is the longest wait for the next frame: a span, as clocks of
 * several machines differ. `attempt` counts how often the client has sent it (after a worker was lost), `hops` how often workers
 * have handed it on; frames repeat both. `replyTo` must lie under `<prefix>/v1/res/`; absent: the response topic of MQTT 5, or that of `client`.
 */
const requestSchema = z.object({
  id: idSchema,
  client: idSchema.optional(),
  model: z.string().min(1).max(256),
  body: z.record(z.string(), z.unknown()),
  replyTo: z.string().max(512).optional(),
  timeoutMs: z.number().int().min(100).max(86_400_000).default(300_000),
  attempt: z.number().int().min(1).max(MAX_ATTEMPTS).default(1),
  hops: count.max(MAX_HOPS).default(0),
});
export type Request = z.infer<typeof requestSchema>;

const usageSchema = z.object({ prompt_tokens: count, completion_tokens: count, total_tokens: count });

const ofFrame = {
  id: idSchema,
  worker: idSchema.default('unnamed'),
  attempt: z.number().int().default(1),
  hops: z.number().int().default(0),
};
const ofPiece = { ...ofFrame, seq: count };

/** `taken`: a worker has it. `alive`: it is at work, and its next frame has this number. The rest is numbered by `seq` from 0; an error may be. */
const frameSchema = z.union([
  z.object({ ...ofPiece, content: z.string() }),
  z.object({ ...ofPiece, reasoning: z.string() }),
  z.object({ ...ofPiece, tool_calls: z.array(z.unknown()) }),
  z.object({ ...ofPiece, progress: z.object({ processed: z.number(), total: z.number() }) }),
  z.object({
    ...ofPiece,
    done: z.literal(true),
    finish_reason: z.string().nullish(),
    usage: usageSchema.nullish(),
    timings: z.unknown().optional(),
  }),
  z.object({
    ...ofFrame,
    seq: count.optional(),
    error: z.object({ code: cut(64), message: cut(2_000), details: z.unknown().optional() }),
  }),
  z.object({ ...ofFrame, taken: z.enum(['queued', 'started']) }),
  z.object({ ...ofFrame, alive: count }),
]);
export type Frame = z.infer<typeof frameSchema>;
/** What stands in the order of an answer. */
export type Piece = Exclude<Frame, { taken: unknown } | { alive: unknown } | { error: unknown }>;
export type Usage = z.infer<typeof usageSchema>;

/** Absent fields mean: any worker, any attempt. */
const cancelSchema = z.object({ worker: idSchema.optional(), attempt: z.number().int().optional() });
export type Cancel = z.infer<typeof cancelSchema>;

/** Frames from that number on are asked for once more. */
const resendSchema = z.object({ worker: idSchema, attempt: z.number().int(), from: count });
export type Resend = z.infer<typeof resendSchema>;

/** What a worker says of itself, retained; an empty message takes it away, which is its last will. Null: not known. */
const presenceSchema = z.object({
  worker: idSchema,
  name: z.string().max(128).default(''),
  version: z.string().max(64).default(''),
  /** After three of these without news it counts as gone. */
  everyMs: z.number().int().min(1000).max(600_000).default(10_000),
  models: z
    .array(
      z.object({
        model: z.string().min(1).max(256),
        slots: count.max(10_000),
        busy: count,
        queued: count.default(0),
        context: count.nullable().default(null),
        vision: z.boolean().nullable().default(null),
      }),
    )
    .max(128),
});
export type Presence = z.infer<typeof presenceSchema>;

export const readRequest = (payload: Buffer): Request | null => read(requestSchema, payload);
export const readFrame = (payload: Buffer): Frame | null => read(frameSchema, payload);
export const readPresence = (payload: Buffer): Presence | null => read(presenceSchema, payload);
export const readResend = (payload: Buffer): Resend | null => read(resendSchema, payload);
/** An empty one is one, too. */
export const readCancel = (payload: Buffer): Cancel | null =>
  payload.length === 0 ? {} : read(cancelSchema, payload);

function read<Schema extends z.ZodType>(schema: Schema, payload: Buffer): z.infer<Schema> | null {
  if (payload.length > MAX_REQUEST_BYTES) return null;
  try {
    return schema.safeParse(readJson(payload)).data ?? null;
  } catch {
    return null;
  }
}
