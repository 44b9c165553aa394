/** Owns the mapping between the rows of `sessions` and `messages` and the contract. What cannot be read falls back, it never throws. */
import type { z } from 'zod';
import { promptSchema } from '#contract/preset';
import { answerMetaSchema, messageSchema, sessionSchema } from '#contract/session';
import type { Message, Session } from '#contract/session';

const role = messageSchema.shape.role.catch('user');
const status = messageSchema.shape.status.catch('cut');

export interface SessionRow {
  row: number;
  principal: string;
  id: string;
  title: string;
  endpoint_id: string | null;
  model: string | null;
  preset_id: string | null;
  prompt: string;
  forked_from: string | null;
  created_at: string;
  updated_at: string;
  message_count: number;
  is_answering: number;
}

export interface MessageRow {
  row: number;
  id: string;
  session: number;
  role: string;
  content: string;
  sent: string | null;
  images: string | null;
  reasoning: string | null;
  tool_calls: string | null;
  status: string;
  error: string | null;
  meta: string | null;
  at: string;
  replaced_by: string | null;
}

export function sessionOf(row: SessionRow): Session {
  return {
    id: row.id,
    title: row.title,
    endpointId: row.endpoint_id,
    model: row.model,
    presetId: row.preset_id,
    prompt: parsed(row.prompt, promptSchema) ?? promptSchema.parse({}),
    messageCount: row.message_count,
    isAnswering: row.is_answering === 1,
    forkedFrom: parsed(row.forked_from, sessionSchema.shape.forkedFrom),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

export function messageOf(row: MessageRow): Message {
  return {
    id: row.id,
    role: role.parse(row.role),
    content: row.content,
    sent: row.sent,
    images: parsed(row.images, messageSchema.shape.images) ?? [],
    reasoning: row.reasoning,
    toolCalls: parsed(row.tool_calls, messageSchema.shape.toolCalls),
    status: status.parse(row.status),
    error: parsed(row.error, messageSchema.shape.error),
    meta: metaOf(row),
    at: row.at,
  };
}

export function metaOf(row: Pick<MessageRow, 'meta'>): Message['meta'] {
  return parsed(row.meta, answerMetaSchema);
}

/** The column's text of a value; lists without members are not stored. */
export function stored(value: unknown): string | null {
  return value === null || (Array.isArray(value) && value.length === 0) ? null : JSON.stringify(value);
}

function parsed<Schema extends z.ZodType>(text: string | null, schema: Schema): z.infer<Schema> | null {
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
