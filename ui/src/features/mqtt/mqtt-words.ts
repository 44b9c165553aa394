/** The words for the broker's connection, for workers and counters. */
import type { TFunction } from 'i18next';
import type { MqttCounters, MqttStatus, MqttWorker } from '#contract/mqtt';
import type { DotTone } from '../../components/state-dot.tsx';
import { formatBytes } from '../../format/bytes.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';

export function linkTone({ state, problem }: Pick<MqttStatus, 'state' | 'problem'>): DotTone {
  if (state === 'off') return 'idle';
  if (problem !== null) return 'bad';
  return state === 'connected' ? 'ok' : 'busy';
}

type WorkerModel = MqttWorker['models'][number];

/** `slots 1/4 · 2 waiting · ctx 8,192`. */
export function modelFacts({ slots, busy, queued, context, vision }: WorkerModel, t: TFunction): string {
  const facts = [
    t('mqtt.workers.slots', { busy, slots }),
    queued === 0 ? null : t('mqtt.workers.queued', { count: queued, shown: formatCount(queued) }),
    context === null ? null : t('mqtt.workers.context', { tokens: formatCount(context) }),
    vision === true ? t('mqtt.workers.vision') : null,
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

export function modelTone({ slots, busy }: WorkerModel): DotTone {
  return busy >= slots ? 'busy' : 'ok';
}

export function seenWords({ seenAt }: MqttWorker, nowMs: number, t: TFunction): string {
  return t('mqtt.workers.seen', { time: formatDuration(Math.max(0, nowMs - Date.parse(seenAt))) });
}

export const COUNTER_GROUPS = {
  worker: ['taken', 'answered', 'failed', 'cancelled', 'handedOn', 'refused'],
  client: ['asked', 'askedAgain'],
  wire: ['duplicates', 'strays', 'garbage'],
} as const satisfies Record<string, readonly (keyof MqttCounters)[]>;

export function queueWords({ messages, bytes, requests }: MqttStatus['queue'], t: TFunction): string {
  return [
    t('mqtt.counters.queuedRequests', { count: requests, shown: formatCount(requests) }),
    messages === 0
      ? t('mqtt.counters.queuedNothing')
      : t('mqtt.counters.queuedMessages', {
          count: messages,
          shown: formatCount(messages),
          size: formatBytes(bytes),
        }),
  ].join(' · ');
}
