/** Sizes in bytes for people: powers of 1000, three digits at most. */
import { formatCount, formatTenths } from './number.ts';

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'] as const;

export function formatBytes(bytes: number): string {
  let value = Math.max(0, bytes);
  let unit = 0;
  // 999.5 would round to "1000": use the next unit from there on.
  while (value >= 999.5 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  const shown = unit === 0 || value >= 99.95 ? formatCount(value) : formatTenths(value);
  return `${shown} ${UNITS[unit] ?? ''}`;
}
