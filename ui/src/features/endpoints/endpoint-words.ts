/** The words and colours for how an endpoint is, and which one a session talks to. */
import type { TFunction } from 'i18next';
import type { Endpoint, EndpointStatus } from '#contract/endpoint';
import type { DotTone } from '../../components/state-dot.tsx';
import { shortModelName } from '../../format/model-name.ts';
import { formatCount } from '../../format/number.ts';

const TONES: Record<EndpointStatus, DotTone> = { online: 'ok', loading: 'busy', offline: 'bad' };

export function statusTone(status: EndpointStatus): DotTone {
  return TONES[status];
}

/** `Qwen2.5-7B · ctx 8,192 · slots 1/4 · 12 ms`: what is known, in one line. */
export function endpointFacts(endpoint: Endpoint, t: TFunction): string {
  return [endpoint.model === null ? null : shortModelName(endpoint.model), endpointFigures(endpoint, t)]
    .filter((fact) => fact !== null && fact !== '')
    .join(' · ');
}

export function endpointFigures({ status, context, slots, busySlots, latencyMs }: Endpoint, t: TFunction): string {
  const facts = [
    context === null ? null : t('endpoints.context', { tokens: formatCount(context) }),
    slots === null
      ? null
      : busySlots === null
        ? t('endpoints.slotCount', { count: slots, shown: formatCount(slots) })
        : t('endpoints.slots', { busy: busySlots, slots }),
    latencyMs === null || status === 'offline' ? null : t('endpoints.latency', { ms: Math.max(1, Math.round(latencyMs)) }),
  ];
  return facts.filter((fact) => fact !== null).join(' · ');
}

/** The endpoint of a session; for one without: that of LLM_SERVER_URL, else one that is online, as the runner chooses. */
export function endpointFor(endpoints: readonly Endpoint[], id: string | null): Endpoint | null {
  if (id !== null) return endpoints.find((endpoint) => endpoint.id === id) ?? null;
  return endpoints.find(({ source }) => source === 'environment') ?? endpoints.find(({ status }) => status === 'online') ?? null;
}

/** Those that answer first. */
export function byStatus(endpoints: readonly Endpoint[]): Endpoint[] {
  const order: EndpointStatus[] = ['online', 'loading', 'offline'];
  return [...endpoints].sort((a, b) => order.indexOf(a.status) - order.indexOf(b.status) || a.name.localeCompare(b.name));
}
