import { expect, it } from 'vitest';
import { retryHeaders, shortDuration } from './limits-headers.ts';

it.each([
  [-3, '0s'],
  [0, '0s'],
  [0.2, '1ms'],
  [17, '17ms'],
  [999.5, '1s'],
  [1200, '1.2s'],
  [59_999, '59.999s'],
  [60_000, '1m0s'],
  [90_500, '1m30.5s'],
])('%d ms are written %s', (ms, text) => {
  expect(shortDuration(ms)).toBe(text);
});

it.each([
  [0, '1', '1'],
  [1, '1', '1'],
  [1000, '1', '1000'],
  [1000.4, '2', '1001'],
  [59_001, '60', '59001'],
])('a wait of %d ms is %s s and never too short', (ms, seconds, millis) => {
  expect(retryHeaders(ms)).toEqual({ 'retry-after': seconds, 'retry-after-ms': millis });
});
