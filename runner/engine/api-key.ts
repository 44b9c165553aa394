/** Tells whether a request carries one of the API keys; the comparison takes the same time whatever is wrong with it. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

export function hasApiKey(request: Pick<IncomingMessage, 'headers'>, apiKeys: readonly string[]): boolean {
  if (apiKeys.length === 0) return true;
  const given = givenKey(request.headers);
  if (given === undefined) return false;
  const digest = hash(given);
  // Every key is compared, also after a match.
  return apiKeys.filter((key) => timingSafeEqual(hash(key), digest)).length > 0;
}

function givenKey({ authorization, 'x-api-key': apiKey }: IncomingMessage['headers']): string | undefined {
  const bearer = /^Bearer\s+(.+)$/i.exec(authorization ?? '')?.[1];
  return bearer ?? (typeof apiKey === 'string' ? apiKey : undefined);
}

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
