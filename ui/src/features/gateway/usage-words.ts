/** The words for a step of time. */
import { formatClock } from '../../format/clock.ts';
import { formatLocale } from '../../format/locale.ts';
import type { UsageRangeName } from './usage-steps.ts';

/** `10 Mar 14:00`, or `10 Mar`: a whole day is one of UTC, as the runner counts it. */
export function stepWords(atMs: number, range: UsageRangeName): string {
  const day = { day: 'numeric', month: 'short' } as const;
  if (range === 'month')
    return new Date(atMs).toLocaleDateString(formatLocale(), { ...day, timeZone: 'UTC' });
  return `${new Date(atMs).toLocaleDateString(formatLocale(), day)} ${formatClock(atMs).slice(0, 5)}`;
}
