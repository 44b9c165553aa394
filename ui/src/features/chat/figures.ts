/** Figures of an answer in the number format of the page's language. */
import { formatLocale } from '../../format/locale.ts';

/** `0.21`, `12.4`: seconds, with as many digits as matter. */
export function formatSeconds(ms: number): string {
  const seconds = ms / 1000;
  const digits = seconds < 10 ? 2 : 1;
  return seconds.toLocaleString(formatLocale(), {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

export function formatPlain(value: number): string {
  return value.toLocaleString(formatLocale(), { maximumFractionDigits: 3 });
}
