/** Whole numbers with grouping, and counts of parameters in words. */
const grouped = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

export function formatCount(value: number): string {
  return grouped.format(value);
}

/** `7.6 B`, `1.2 M`: how model cards write parameter counts. */
export function formatParameters(count: number): string {
  if (count >= 1e9) return `${(count / 1e9).toFixed(1)} B`;
  if (count >= 1e6) return `${(count / 1e6).toFixed(1)} M`;
  return `${Math.max(1, Math.round(count / 1e3))} k`;
}
