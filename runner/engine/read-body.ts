/** Reads a request's JSON body up to a limit, and checks it by a schema; faults become 400 and 413 answers. */
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { RequestError } from './request-error.ts';

const mostBytes = 16 * 1024 * 1024;
/** Up to here the rest of a body that is too large is read and dropped: most clients take no answer before they have sent all. */
const mostDroppedBytes = 8 * mostBytes;

export async function readJson(request: IncomingMessage): Promise<unknown> {
  const text = await readText(request);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new RequestError(
      'invalid_request_error',
      `parse error: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

async function readText(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    if (!Buffer.isBuffer(chunk)) continue;
    size += chunk.length;
    if (size > mostDroppedBytes) throw tooLarge();
    if (size <= mostBytes) chunks.push(chunk);
  }
  if (size > mostBytes) throw tooLarge();
  return Buffer.concat(chunks).toString('utf8');
}

function tooLarge(): RequestError {
  return new RequestError('invalid_request_error', `the request body is larger than ${mostBytes} bytes`, {
    status: 413,
  });
}

/** A message that does not name its field gets the field's name in front. */
export function checkBody<Schema extends z.ZodType>(schema: Schema, body: unknown): z.infer<Schema> {
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const path = issue?.path.join('.') ?? '';
  const message = issue?.message ?? 'invalid request';
  const isNamed = path === '' || message.includes(`'${path}'`);
  throw new RequestError('invalid_request_error', isNamed ? message : `Field '${path}': ${message}`);
}
