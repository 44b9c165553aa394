import fc from 'fast-check';
import { expect, it } from 'vitest';
import { fillSteps, sumsBy, totalOf, USAGE_RANGES, type UsageBucket } from './usage-steps.ts';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-03-10T12:34:56Z');

function bucket(at: string, part: Partial<UsageBucket> = {}): UsageBucket {
  return {
    at,
    keyId: null,
    model: null,
    requests: 1,
    errors: 0,
    promptTokens: 10,
    completionTokens: 5,
    ...part,
  };
}

it('fills the steps without requests and adds up what shares a step', () => {
  const steps = fillSteps(
    [
      bucket('2026-03-10T11:00:00Z', { keyId: 'a' }),
      bucket('2026-03-10T11:00:00Z', { keyId: 'b', errors: 1 }),
    ],
    USAGE_RANGES.day,
    NOW,
  );
  expect(steps).toHaveLength(25);
  expect(steps.at(0)?.atMs).toBe(Date.parse('2026-03-09T12:00:00Z'));
  expect(steps.at(-1)).toEqual({
    atMs: Date.parse('2026-03-10T12:00:00Z'),
    requests: 0,
    errors: 0,
    promptTokens: 0,
    completionTokens: 0,
  });
  expect(steps.at(-2)).toMatchObject({ requests: 2, errors: 1, promptTokens: 20, completionTokens: 10 });
});

it('ends with the newest bucket where the clock of this machine is behind', () => {
  const steps = fillSteps([bucket('2026-03-10T15:00:00Z')], USAGE_RANGES.day, NOW);
  expect(steps.at(-1)).toMatchObject({ atMs: Date.parse('2026-03-10T15:00:00Z'), requests: 1 });
});

it('loses no request of the range, whatever the step', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...Object.values(USAGE_RANGES)),
      fc.array(fc.integer({ min: 0, max: 23 * 60 }), { maxLength: 30 }),
      (range, minutes) => {
        const stepMs = range.stepMinutes * 60_000;
        const buckets = minutes.map((minute) =>
          bucket(new Date(Math.floor((NOW - minute * 60_000) / stepMs) * stepMs).toISOString()),
        );
        const steps = fillSteps(buckets, range, NOW);
        expect(totalOf(steps).requests).toBe(buckets.length);
        expect(steps).toHaveLength((range.hours * 60) / range.stepMinutes + 1);
        expect(new Set(steps.slice(1).map(({ atMs }, index) => atMs - (steps[index]?.atMs ?? 0)))).toEqual(
          new Set([stepMs]),
        );
        expect(steps[0]?.atMs).toBeLessThanOrEqual(NOW - range.hours * HOUR);
      },
    ),
  );
});

it('sums per key and per model, the busiest first', () => {
  const buckets = [
    bucket('2026-03-10T10:00:00Z', { keyId: 'a', model: 'm' }),
    bucket('2026-03-10T11:00:00Z', { keyId: 'b', model: 'm', requests: 4, errors: 2 }),
    bucket('2026-03-10T12:00:00Z', { keyId: 'a', model: null }),
  ];
  expect(sumsBy(buckets, 'keyId').map(({ name, requests }) => [name, requests])).toEqual([
    ['b', 4],
    ['a', 2],
  ]);
  expect(sumsBy(buckets, 'model')).toEqual([
    { name: 'm', requests: 5, errors: 2, promptTokens: 20, completionTokens: 10 },
    { name: null, requests: 1, errors: 0, promptTokens: 10, completionTokens: 5 },
  ]);
});
