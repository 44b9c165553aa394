/** Numbers in the format of the page's language, and parameter counts in that of model cards. */
import { formatLocale } from './locale.ts';

export function formatCount(value: number): string {
  return value.toLocaleString(formatLocale(), { maximumFractionDigits: 0 });
}

export function formatTenths(value: number): string {
  return value.toLocaleString(formatLocale(), { minimumFractionDigits: 1, maximumFractionDigits: 1 });
}

/** `7.6 B`, `1.2 M`: how model cards write parameter counts. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return `${Math.max(1, Math.round(count / 1e3))} k`;
}
