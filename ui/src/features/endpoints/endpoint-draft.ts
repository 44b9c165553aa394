/** An endpoint while it is typed: what of it the runner will be asked to make or change. */
import type { Endpoint, EndpointChange, EndpointInput } from '#contract/endpoint';

export interface EndpointDraft {
  name: string;
  baseUrl: string;
  /** "": as it is. */
  apiKey: string;
  removesKey: boolean;
  model: string;
  presetId: string | null;
}

export function toEndpointDraft(endpoint: Endpoint | null): EndpointDraft {
  return {
    name: endpoint?.name ?? '',
    baseUrl: endpoint?.baseUrl ?? 'http://',
    apiKey: '',
    removesKey: false,
    model: endpoint?.source === 'manual' ? (endpoint.model ?? '') : '',
    presetId: endpoint?.defaultPresetId ?? null,
  };
}

export function toEndpointInput(draft: EndpointDraft): EndpointInput {
  return {
    name: draft.name.trim(),
    baseUrl: draft.baseUrl.trim(),
    ...(draft.apiKey !== '' && { apiKey: draft.apiKey }),
    model: draft.model.trim() === '' ? null : draft.model.trim(),
    defaultPresetId: draft.presetId,
  };
}

/** Only what differs: what is absent stays. Of one that was not added by hand the name and the address are not ours to change. */
export function toEndpointChange(draft: EndpointDraft, endpoint: Endpoint): EndpointChange {
  const before = toEndpointDraft(endpoint);
  const next = toEndpointInput(draft);
  const isManual = endpoint.source === 'manual';
  return {
    ...(isManual && next.name !== before.name && { name: next.name }),
    ...(isManual && next.baseUrl !== before.baseUrl && { baseUrl: next.baseUrl }),
    ...(isManual && draft.removesKey && { apiKey: '' }),
    ...(isManual && draft.apiKey !== '' && { apiKey: draft.apiKey }),
    ...(draft.model !== before.model && { model: next.model }),
    ...(draft.presetId !== before.presetId && { defaultPresetId: draft.presetId }),
  };
}
