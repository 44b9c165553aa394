/** What a round of questions makes of an endpoint's health, and when the next one is due. */
import type { Health } from './known-endpoint.ts';
import type { Probed } from './probe-endpoint.ts';

export interface Timing {
  /** Between the checks of an online endpoint. */
  onlineMs: number;
  /** Between the checks of one that loads; also the first delay of an offline one, which doubles from then on. */
  offlineMs: number;
  maxOfflineMs: number;
  /** Of each request. */
  timeoutMs: number;
  /** How long models and parameters count as known; health and busy slots are asked at every check. */
  factsMs: number;
}

export const TIMING: Timing = {
  onlineMs: 10_000,
  offlineMs: 2_000,
  maxOfflineMs: 60_000,
  timeoutMs: 3_000,
  factsMs: 60_000,
};

const JITTER = 0.2;

export function afterRound(
  before: Health,
  probed: Probed,
  round: { isFresh: boolean; at: number; checkedAt: string },
): Health {
  // A busy machine may miss one deadline: an online endpoint is asked again before it is given up.
  if (probed.isTimeout && before.status === 'online' && before.failures === 0 && !round.isFresh) {
    return { ...before, checkedAt: round.checkedAt, routes: null, failures: 1 };
  }
  const isOnline = probed.status === 'online';
  return {
    status: probed.status,
    problem: probed.problem,
    problemCode: probed.problemCode,
    problemValues: probed.problemValues,
    latencyMs: probed.latencyMs,
    checkedAt: round.checkedAt,
    busySlots: probed.busySlots,
    facts: probed.facts ?? before.facts,
    routes: probed.routes,
    factsAt: probed.facts === null ? before.factsAt : round.at,
    failures: isOnline ? 0 : before.failures + 1,
  };
}

/** `random` from 0 to 1 spreads the checks by a fifth to each side. */
export function delayAfter({ status, failures }: Health, timing: Timing, random: number): number {
  const isSteady = status === 'online' && failures === 0;
  const backOff = Math.min(
    timing.offlineMs * 2 ** Math.min(Math.max(failures - 1, 0), 20),
    timing.maxOfflineMs,
  );
  const waiting = status === 'offline' ? backOff : timing.offlineMs;
  return (isSteady ? timing.onlineMs : waiting) * (1 - JITTER + 2 * JITTER * random);
}
