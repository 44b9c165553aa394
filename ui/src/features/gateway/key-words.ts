/** The words for a key: its state, its limits, its days. */
import type { TFunction } from 'i18next';
import type { GatewayKey } from '#contract/gateway';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatMoment } from '../../format/clock.ts';
import { formatLocale } from '../../format/locale.ts';
import { formatCount } from '../../format/number.ts';
import type { KeyState } from './key-state.ts';

const TONES: Record<KeyState, DotTone> = {
  active: 'ok',
  environment: 'ok',
  spent: 'busy',
  expired: 'idle',
  revoked: 'idle',
};

export function keyTone(state: KeyState): DotTone {
  return TONES[state];
}

/** `60 requests/min · 1,200 of 10,000 tokens`. */
export function limitWords(
  { requestsPerMinute, tokensPerMinute, tokenQuota, usedTokens }: GatewayKey,
  t: TFunction,
): string {
  const limits = [
    requestsPerMinute === null
      ? null
      : t('gateway.keys.perMinuteRequests', { shown: formatCount(requestsPerMinute) }),
    tokensPerMinute === null
      ? null
      : t('gateway.keys.perMinuteTokens', { shown: formatCount(tokensPerMinute) }),
    tokenQuota === null
      ? null
      : t('gateway.keys.quota', { used: formatCount(usedTokens), quota: formatCount(tokenQuota) }),
  ].filter((limit) => limit !== null);
  return limits.length === 0 ? t('gateway.keys.noLimits') : limits.join(' · ');
}

export function usedWords({ usedRequests, usedTokens }: GatewayKey, t: TFunction): string {
  return [
    t('gateway.keys.usedRequests', { count: usedRequests, shown: formatCount(usedRequests) }),
    t('gateway.keys.usedTokens', { count: usedTokens, shown: formatCount(usedTokens) }),
  ].join(' · ');
}

export function momentWords(time: string | null, t: TFunction): string {
  return time === null ? t('gateway.keys.never') : formatMoment(Date.parse(time), Date.now());
}

/** With its year: a key may live long. */
export function dayWords(time: string | null, t: TFunction): string {
  return time === null
    ? t('gateway.keys.never')
    : new Date(time).toLocaleDateString(formatLocale(), { dateStyle: 'medium' });
}
