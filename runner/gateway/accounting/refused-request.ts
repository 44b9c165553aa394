/** The account of a request that was refused before the gateway took it up. */
import { randomUUID } from 'node:crypto';
import type { GatewayRequest } from '#contract/gateway';
import { refusedKeyOf } from '../keys/limits-admission-error.ts';
import type { GatewayError } from '../openai/openai-error.ts';

/** Who tries keys, sends too much, or goes round. What is merely mistyped (404, 405) is nobody's use of the gateway. */
const ACCOUNTED: ReadonlySet<number> = new Set([401, 403, 429, 508]);

/** Null: it needs no account. `route` is one of ours: what strangers make up does not go to the store. */
export function refusedRequest(error: GatewayError, route: string): GatewayRequest | null {
  const { status, code } = error;
  if (!ACCOUNTED.has(status)) return null;
  const { keyId, keyName } = refusedKeyOf(error) ?? { keyId: null, keyName: null };
  const nothing = { model: null, endpointId: null, promptTokens: null, completionTokens: null };
  return {
    keyId,
    keyName,
    id: `req_${randomUUID().replaceAll('-', '')}`,
    at: new Date().toISOString(),
    route,
    isStream: false,
    status,
    errorCode: code,
    ...nothing,
    firstTokenMs: null,
    durationMs: 0,
    tokensPerSecond: null,
  };
}
