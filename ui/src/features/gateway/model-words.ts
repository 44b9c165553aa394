/** The words and colours for a model on demand. */
import type { TFunction } from 'i18next';
import type { GatewayModels } from '#contract/gateway';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { formatDuration } from '../../format/duration.ts';
import { shortModelName } from '../../format/model-name.ts';
import { formatCount } from '../../format/number.ts';

export type OnDemandModel = GatewayModels['models'][number];

const TONES: Record<OnDemandModel['state'], DotTone> = {
  unloaded: 'idle',
  loading: 'busy',
  loaded: 'ok',
  unloading: 'busy',
};

export function modelTone({ state }: OnDemandModel): DotTone {
  return TONES[state];
}

/** `tiny-chat · group gpu · 1.2 GB · 1 in flight · 2 waiting · unloads in 3 m 12 s`: what is not as usual. */
export function modelFacts(model: OnDemandModel, nowMs: number, t: TFunction): string {
  const { group, memoryMb, inFlight, waiting, idleUnloadAt } = model;
  const facts = [
    model.model === null ? null : shortModelName(model.model),
    group === null ? null : t('gateway.models.group', { group }),
    memoryMb === null ? null : megabyteWords(memoryMb),
    inFlight === 0 ? null : t('gateway.models.inFlight', { shown: formatCount(inFlight) }),
    waiting === 0 ? null : t('gateway.models.waiting', { count: waiting, shown: formatCount(waiting) }),
    idleUnloadAt === null
      ? null
      : t('gateway.models.unloadsIn', { time: formatDuration(Date.parse(idleUnloadAt) - nowMs) }),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

export function megabyteWords(megabytes: number): string {
  return formatBytes(megabytes * 1e6);
}
