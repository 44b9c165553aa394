/** How a tunnel is said: the tone of its state, times, figures. */
import type { TFunction } from 'i18next';
import type { Tunnel } from '#contract/tunnel';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatMoment } from '../../format/clock.ts';
import { formatCount, formatTenths } from '../../format/number.ts';

const TONES = {
  stopped: 'idle',
  connecting: 'busy',
  up: 'ok',
  degraded: 'busy',
  down: 'bad',
} as const satisfies Record<Tunnel['state'], DotTone>;

export function tunnelTone({ state }: Pick<Tunnel, 'state'>): DotTone {
  return TONES[state];
}

/** Below ten with a tenth: on one's own network that is where the difference is. */
export function figureOfMs(ms: number): string {
  return ms < 9.95 ? formatTenths(ms) : formatCount(ms);
}

export function msWords(ms: number, t: TFunction): string {
  return t('tunnels.facts.ms', { ms: figureOfMs(ms) });
}

export function momentOf(time: string): string {
  return formatMoment(Date.parse(time), Date.now());
}
