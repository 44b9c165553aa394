/** Times of day as the log shows them. */
import { formatLocale } from './locale.ts';

const pad = (value: number, width = 2): string => String(value).padStart(width, '0');

/** `14:02:09.114` in the reader's own time zone. */
export function formatClock(atMs: number): string {
  const at = new Date(atMs);
  return `${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}.${pad(at.getMilliseconds(), 3)}`;
}

/** `14:02:11` today, `20 Nov 14:02` on another day. */
export function formatMoment(atMs: number, nowMs: number): string {
  const at = new Date(atMs);
  if (at.toDateString() === new Date(nowMs).toDateString()) return formatClock(atMs).slice(0, 8);
  return `${at.toLocaleDateString(formatLocale(), { day: 'numeric', month: 'short' })} ${formatClock(atMs).slice(0, 5)}`;
}
