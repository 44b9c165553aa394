/** Endpoints that another part of the runner knows of: how they begin, and what of them is kept. Pure. */
import type { EndpointRow } from './endpoint-rows.ts';

/** One that another part of the runner knows of: a server behind a tunnel, a model that workers serve. */
export interface GivenEndpoint {
  id: string;
  source: 'tunnel' | 'mqtt';
  name: string;
  baseUrl: string;
  apiKey: string | null;
}

export function isGiven({ source }: EndpointRow): boolean {
  return source === 'tunnel' || source === 'mqtt';
}

/** What the user chose for it before goes on. */
export function givenRow(given: GivenEndpoint, before: EndpointRow | undefined, now: string): EndpointRow {
  return {
    ...given,
    model: before?.model ?? null,
    defaultPresetId: before?.defaultPresetId ?? null,
    createdAt: before?.createdAt ?? now,
  };
}
