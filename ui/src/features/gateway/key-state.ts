/** Whether a key still opens anything, and for how long. Pure. */
import type { GatewayKey } from '#contract/gateway';

/** "spent": its quota is used up. "environment": active, and not ours to change. */
export type KeyState = 'active' | 'environment' | 'spent' | 'expired' | 'revoked';

export function keyState(key: GatewayKey, nowMs: number): KeyState {
  if (key.revokedAt !== null) return 'revoked';
  if (key.expiresAt !== null && Date.parse(key.expiresAt) <= nowMs) return 'expired';
  if (key.tokenQuota !== null && key.usedTokens >= key.tokenQuota) return 'spent';
  return key.source === 'environment' ? 'environment' : 'active';
}

/** Who is let in: "open": there is no key, requests of this machine need none. "locked": all keys are revoked, expired, spent or lost. */
export function doorState(
  keys: readonly GatewayKey[],
  { nowMs, isLocked }: { nowMs: number; isLocked: boolean },
): 'open' | 'locked' | 'keyed' {
  if (keys.length === 0) return isLocked ? 'locked' : 'open';
  return keys.some((key) => ['active', 'environment'].includes(keyState(key, nowMs))) ? 'keyed' : 'locked';
}

/** Those that can be used first, then as they came. */
export function byState(keys: readonly GatewayKey[], nowMs: number): GatewayKey[] {
  const isOver = (key: GatewayKey): number => Number(['revoked', 'expired'].includes(keyState(key, nowMs)));
  return [...keys].sort((a, b) => isOver(a) - isOver(b));
}
