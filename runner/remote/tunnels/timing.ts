/** How long tunnels wait for what, and when a lost one is tried again. */
import type { TunnelProblemCode } from '#contract/tunnel-problem';

export interface TunnelTiming {
  /** Between questions through a tunnel that answers. */
  probeMs: number;
  /** After a question without an answer. */
  soonMs: number;
  /** While ssh sets up its forwardings. */
  setupMs: number;
  /** Between questions to a model server that is down. */
  downMs: number;
  /** Of one question. */
  timeoutMs: number;
  /** Until ssh must be in, and its forwardings set up. */
  connectMs: number;
  /** A connection that stood this long was healthy: trying again begins with the short delays. */
  healthyMs: number;
  firstRetryMs: number;
  maxRetryMs: number;
  /** While the other machine's port is held by an earlier session. */
  busyRetryMs: number;
  /** For what a person must mend. */
  slowRetryMs: number;
}

export const TIMING: TunnelTiming = {
  probeMs: 1e4,
  soonMs: 1e3,
  setupMs: 100,
  downMs: 3e3,
  timeoutMs: 5e3,
  connectMs: 45e3,
  healthyMs: 1e4,
  firstRetryMs: 1e3,
  maxRetryMs: 6e4,
  busyRetryMs: 3e3,
  slowRetryMs: 5 * 6e4,
};

/** With 2 an outage of 10 s would often cost 20 s more. */
const GROWTH = 1.5;

type Retry = 'grows' | 'busy' | 'slow' | 'never';

/** What does not stand here grows. */
const RETRY: Partial<Record<TunnelProblemCode, Retry>> = {
  // Trying again would only wear down who should look at it.
  'host-key-changed': 'never',
  'host-key-refused': 'never',
  'remote-port-busy': 'busy',
  'key-refused': 'slow',
  'key-refused-unnamed': 'slow',
  'forwarding-prohibited': 'slow',
  'ssh-missing': 'slow',
  'identity-missing': 'slow',
  'identity-open': 'slow',
  'identity-locked': 'slow',
  'configuration-broken': 'slow',
};

/**
 * Milliseconds until the next try; null: none, a person must act first. 1 s · 1.5ⁿ up to a minute, of which chance takes any part (full jitter:
 * many tunnels to one sshd that comes back do not come at once). `tries` counts those since it was healthy, `random` gives 0 to 1.
 */
export function retryDelayMs(
  code: TunnelProblemCode,
  tries: number,
  { timing, random }: { timing: TunnelTiming; random: number },
): number | null {
  switch (RETRY[code] ?? 'grows') {
    case 'never':
      return null;
    case 'slow':
      return timing.slowRetryMs;
    case 'busy':
      return timing.busyRetryMs * (0.5 + random / 2);
    case 'grows': {
      const most = Math.min(timing.firstRetryMs * GROWTH ** Math.min(tries, 50), timing.maxRetryMs);
      // Not at once: an ssh that ends the moment it begins must not keep a processor busy.
      return Math.max(most * random, timing.firstRetryMs / 10);
    }
  }
}
