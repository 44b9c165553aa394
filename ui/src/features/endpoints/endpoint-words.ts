/** The words and colours for how an endpoint is, and which one a session talks to. */
import type { TFunction } from 'i18next';
import type { Endpoint } from '#contract/endpoint';
import type { DotTone } from '../../components/state-dot.tsx';
import { shortModelName } from '../../format/model-name.ts';
import { formatCount } from '../../format/number.ts';

const STATES = ['online', 'loading', 'onDemand', 'offline'] as const;
type EndpointState = (typeof STATES)[number];

const TONES: Record<EndpointState, DotTone> = {
  online: 'ok',
  loading: 'busy',
  onDemand: 'idle',
  offline: 'bad',
};

/** Its status; but one that a message launches is not missed while it is away. */
export function endpointState({ status, onDemand }: Endpoint): EndpointState {
  return status === 'offline' && onDemand === true ? 'onDemand' : status;
}

export function endpointTone(endpoint: Endpoint): DotTone {
  return TONES[endpointState(endpoint)];
}

/** Whether a message can be sent to it now: one on demand is loaded first. */
export function isUsable({ status, onDemand }: Endpoint): boolean {
  return status === 'online' || onDemand === true;
}

/** `Qwen2.5-7B · ctx 8,192 · slots 1/4 · 12 ms`: what is known, in one line. */
export function endpointFacts(endpoint: Endpoint, t: TFunction): string {
  return [
    endpoint.model === null ? null : shortModelName(endpoint.model),
    endpointFigures(endpoint, t),
    specialWords(endpoint, t),
  ]
    .filter((fact) => fact !== null && fact !== '')
    .join(' · ');
}

/** Whether a message that is sent waits until its model is loaded. */
export function waitsForModel({ status, onDemand }: Endpoint): boolean {
  return onDemand === true && status !== 'online';
}

/** What is not as with any other server, in words; null: nothing. */
export function specialWords(endpoint: Endpoint, t: TFunction): string | null {
  if (endpoint.isGateway === true) {
    const count = endpoint.models.length;
    return t('endpoints.gatewayModels', { count, shown: formatCount(count) });
  }
  return endpointState(endpoint) === 'onDemand' ? t('endpoints.loadsOnMessage') : null;
}

export function endpointFigures(
  { status, context, slots, busySlots, latencyMs }: Endpoint,
  t: TFunction,
): string {
  const facts = [
    context === null ? null : t('endpoints.context', { tokens: formatCount(context) }),
    slots === null
      ? null
      : busySlots === null
        ? t('endpoints.slotCount', { count: slots, shown: formatCount(slots) })
        : t('endpoints.slots', { busy: busySlots, slots }),
    latencyMs === null || status === 'offline'
      ? null
      : t('endpoints.latency', { ms: Math.max(1, Math.round(latencyMs)) }),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

/** The endpoint of a session; for one without: that of LLM_SERVER_URL, else one that is online, else one on demand, as the runner chooses. */
export function endpointFor(endpoints: readonly Endpoint[], id: string | null): Endpoint | null {
  if (id !== null) return endpoints.find((endpoint) => endpoint.id === id) ?? null;
  const first = (isFit: (endpoint: Endpoint) => boolean): Endpoint | undefined => endpoints.find(isFit);
  return (
    first(({ source }) => source === 'environment') ??
    first(({ status }) => status === 'online') ??
    first(isUsable) ??
    null
  );
}

/** Those that answer first. */
export function byStatus(endpoints: readonly Endpoint[]): Endpoint[] {
  const place = (endpoint: Endpoint): number => STATES.indexOf(endpointState(endpoint));
  return [...endpoints].sort((a, b) => place(a) - place(b) || a.name.localeCompare(b.name));
}
