import { expect, it } from 'vitest';
import { formatBytes } from './bytes.ts';
import { formatMoment } from './clock.ts';
import { formatDuration } from './duration.ts';
import { formatCount, formatParameters } from './number.ts';

const SECOND = 1000;
const HOUR = 3_600_000;

it.each([
  [-5, '0 s'],
  [8 * SECOND + 900, '8 s'],
  [59_999, '59 s'],
  [192 * SECOND, '3 m 12 s'],
  [2 * HOUR + 14 * 60 * SECOND, '2 h 14 m'],
  [76 * HOUR, '3 d 4 h'],
])('a duration of %d ms is %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1000, '1.0 kB'],
  [999_499, '999 kB'],
  [999_500, '1.0 MB'],
  [1.1e9, '1.1 GB'],
  [4.68e9, '4.7 GB'],
  [25.2e9, '25.2 GB'],
  [123e9, '123 GB'],
])('%d bytes are %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it('groups counts and shortens parameters', () => {
  expect([
    formatCount(1_204_518),
    formatParameters(7.6e9),
    formatParameters(1.2e6),
    formatParameters(900),
  ]).toEqual(['1,204,518', '7.6 B', '1.2 M', '1 k']);
});

it('shows the date only when it is not today', () => {
  const noon = new Date(2026, 0, 20, 12, 30, 5).getTime();
  expect(formatMoment(noon, noon + HOUR)).toBe('12:30:05');
  expect(formatMoment(noon, noon + 24 * HOUR)).toBe('20 Jan 12:30');
});
