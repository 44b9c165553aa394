/** Writes limits as OpenAI's headers: `x-ratelimit-*` on every answer, `retry-after` where a client has to wait. Pure. */
import type { WindowState } from './limits-window.ts';

/** A key without a limit has no headers for it. */
export function limitHeaders(windows: {
  requests: WindowState | null;
  tokens: WindowState | null;
}): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, state] of Object.entries(windows)) {
    if (state === null) continue;
    headers[`x-ratelimit-limit-${name}`] = String(state.limit);
    headers[`x-ratelimit-remaining-${name}`] = String(Math.max(state.limit - state.used, 0));
    headers[`x-ratelimit-reset-${name}`] = shortDuration(state.resetMs);
  }
  return headers;
}

/** Whole seconds, never too early; `retry-after-ms` is what OpenAI's SDKs prefer. */
export function retryHeaders(waitMs: number): Record<string, string> {
  const ms = Math.max(Math.ceil(waitMs), 1);
  return { 'retry-after': String(Math.ceil(ms / 1000)), 'retry-after-ms': String(ms) };
}

/** As OpenAI writes them: "17ms", "1.2s", "1m0s", "0s". */
export function shortDuration(ms: number): string {
  const whole = Math.max(Math.ceil(ms), 0);
  if (whole === 0) return '0s';
  if (whole < 1000) return `${whole}ms`;
  const minutes = Math.floor(whole / 60_000);
  const seconds = (whole - minutes * 60_000) / 1000;
  return minutes === 0 ? `${seconds}s` : `${minutes}m${seconds}s`;
}
