/** Reads what a client sent: the raw body within its limit, and the few fields that the gateway must know of it. */
import type { IncomingMessage } from 'node:http';
import { messageOf } from '../../base/errors.ts';
import { bodyTooLarge, clientLeft, encodedBody, invalidJson, invalidRequest } from './openai-error.ts';
import { countModels } from '../../serving/models/replace-model.ts';

/** A whole path of a file fits. What is longer is no name, and would stand in errors and accounts as it came. */
const LONGEST_MODEL_NAME = 1_024;

export interface ClientRequest {
  raw: Buffer;
  body: Record<string, unknown>;
  /** null: none was named. */
  model: string | null;
  isStream: boolean;
}

/** Throws 413 as soon as the limit is passed, not when all has come; Node reads off the rest. Rejects when the client leaves, or with the signal's reason. */
export async function readBody(
  req: IncomingMessage,
  { limitBytes, signal }: { limitBytes: number; signal: AbortSignal },
): Promise<Buffer> {
  const encoding = req.headers['content-encoding'] ?? 'identity';
  if (encoding.toLowerCase() !== 'identity') throw encodedBody(encoding);
  if (Number(req.headers['content-length'] ?? 0) > limitBytes) throw bodyTooLarge(limitBytes);
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    let size = 0;
    const take = (part: Buffer): void => {
      size += part.length;
      parts.push(part);
      if (size <= limitBytes) return;
      req.off('data', take);
      parts.length = 0;
      req.resume();
      reject(bodyTooLarge(limitBytes));
    };
    const leave = (): void => {
      if (!req.readableEnded) reject(clientLeft());
    };
    const giveUp = (): void => reject(signal.reason as Error);
    signal.addEventListener('abort', giveUp, { once: true });
    req.on('data', take);
    req.once('error', leave);
    req.once('close', leave);
    req.once('end', () => {
      signal.removeEventListener('abort', giveUp);
      resolve(parts.length === 1 ? (parts[0] ?? Buffer.alloc(0)) : Buffer.concat(parts));
      // The request lives as long as its answer, and these listeners with it.
      parts.length = 0;
    });
  });
}

/** Throws 400 for what is no JSON object, and for a model that is no name. */
export function readRequest(raw: Buffer): ClientRequest {
  const body = parseObject(raw);
  const { model, stream } = body;
  if (model !== undefined && model !== null && (typeof model !== 'string' || model === '')) {
    throw invalidRequest('"model" must be the name of a model. GET /v1/models lists them.', 'model');
  }
  if ((model ?? '').length > LONGEST_MODEL_NAME)
    throw invalidRequest(`"model" is longer than ${LONGEST_MODEL_NAME} characters.`, 'model');
  if (model !== undefined && countModels(raw) > 1)
    throw invalidRequest('"model" stands twice in the body.', 'model');
  return { raw, body, model: model ?? null, isStream: stream === true };
}

function parseObject(raw: Buffer): Record<string, unknown> {
  if (raw.length === 0) throw invalidRequest('The request has no body. Send JSON.');
  const body = parse(raw.toString('utf8'));
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw invalidRequest('The body must be a JSON object.');
  return body as Record<string, unknown>;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidJson(messageOf(error));
  }
}
