import { expect, it } from 'vitest';
import { retryDelayMs, TIMING } from './timing.ts';

const delay = (code: Parameters<typeof retryDelayMs>[0], tries: number, random: number) =>
  retryDelayMs(code, tries, { timing: TIMING, random });

it.each([
  [0, 1_000],
  [1, 1_500],
  [2, 2_250],
  [11, 60_000],
  [1_000, 60_000],
])('after %i tries in vain the next comes within %i ms, of which chance takes any part', (tries, most) => {
  expect(delay('connection-refused', tries, 1)).toBe(most);
  expect(delay('connection-refused', tries, 0.5)).toBe(most / 2);
  expect(delay('connection-refused', tries, 0)).toBe(100);
});

it('a port held by a stale session is tried every few seconds, however often', () => {
  expect(delay('remote-port-busy', 50, 1)).toBe(3_000);
  expect(delay('remote-port-busy', 50, 0)).toBe(1_500);
});

it('what a person must mend is tried every five minutes, and a changed host key not at all', () => {
  expect(delay('key-refused', 0, 0)).toBe(300_000);
  expect(delay('host-key-changed', 0, 0)).toBeNull();
});
