/** Sums of the gateway's usage: per step with the empty ones filled in, per key and per model. Pure. */
import type { z } from 'zod';
import type { gatewayUsageResponseSchema } from '#contract/gateway';

export type UsageBucket = z.infer<typeof gatewayUsageResponseSchema>['buckets'][number];

export interface UsageFigures {
  requests: number;
  errors: number;
  promptTokens: number;
  completionTokens: number;
}

export interface UsageStep extends UsageFigures {
  atMs: number;
}

export interface UsageSum extends UsageFigures {
  /** null: requests without a key, or that named no model. */
  name: string | null;
}

export interface UsageRange {
  hours: number;
  stepMinutes: number;
}

export type UsageRangeName = 'day' | 'week' | 'month';

export const USAGE_RANGES: Readonly<Record<UsageRangeName, UsageRange>> = {
  day: { hours: 24, stepMinutes: 60 },
  week: { hours: 168, stepMinutes: 360 },
  month: { hours: 720, stepMinutes: 1440 },
};

const NOTHING: UsageFigures = { requests: 0, errors: 0, promptTokens: 0, completionTokens: 0 };

/**
 * Every step of the range, oldest first. Steps begin at whole multiples in UTC, as the runner counts them: the first is cut off by the range's
 * begin. The last is that of `nowMs`, or of a bucket after it, where this machine's clock is behind.
 */
export function fillSteps(
  buckets: readonly UsageBucket[],
  { hours, stepMinutes }: UsageRange,
  nowMs: number,
): UsageStep[] {
  const stepMs = stepMinutes * 60_000;
  const endMs = floorTo(Math.max(nowMs, ...buckets.map(({ at }) => Date.parse(at))), stepMs);
  const count = Math.ceil((hours * 60) / stepMinutes) + 1;
  const byStep = Map.groupBy(buckets, ({ at }) => floorTo(Date.parse(at), stepMs));
  return Array.from({ length: count }, (_, index) => {
    const atMs = endMs - (count - 1 - index) * stepMs;
    return { atMs, ...totalOf(byStep.get(atMs) ?? []) };
  });
}

export function totalOf(parts: readonly UsageFigures[]): UsageFigures {
  return parts.reduce<UsageFigures>(
    (sum, part) => ({
      requests: sum.requests + part.requests,
      errors: sum.errors + part.errors,
      promptTokens: sum.promptTokens + part.promptTokens,
      completionTokens: sum.completionTokens + part.completionTokens,
    }),
    NOTHING,
  );
}

/** Those with the most requests first. */
export function sumsBy(buckets: readonly UsageBucket[], field: 'keyId' | 'model'): UsageSum[] {
  const groups = Map.groupBy(buckets, (bucket) => bucket[field]);
  return [...groups]
    .map(([name, parts]) => ({ name, ...totalOf(parts) }))
    .sort((a, b) => b.requests - a.requests);
}

function floorTo(ms: number, stepMs: number): number {
  return Math.floor(ms / stepMs) * stepMs;
}
