import { expect, it } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { toEndpointChange, toEndpointDraft, toEndpointInput } from './endpoint-draft.ts';

const MANUAL: Endpoint = {
  id: 'e',
  name: 'Office',
  baseUrl: 'http://192.168.1.20:8080',
  source: 'manual',
  status: 'online',
  model: 'm',
  models: ['m'],
  context: null,
  slots: null,
  busySlots: null,
  vision: null,
  hasApiKey: true,
  defaultPresetId: null,
  processId: null,
  launch: null,
  onDemand: false,
  isGateway: false,
  latencyMs: null,
  checkedAt: null,
  problem: null,
};

it('asks to change only what differs, and leaves the key alone', () => {
  const draft = toEndpointDraft(MANUAL);
  expect(toEndpointChange(draft, MANUAL)).toEqual({});
  expect(toEndpointChange({ ...draft, name: ' Home ', presetId: 'p' }, MANUAL)).toEqual({
    name: 'Home',
    defaultPresetId: 'p',
  });
  expect(toEndpointChange({ ...draft, model: '' }, MANUAL)).toEqual({ model: null });
});

it('removes or replaces the key when told to', () => {
  const draft = toEndpointDraft(MANUAL);
  expect(toEndpointChange({ ...draft, removesKey: true }, MANUAL)).toEqual({ apiKey: '' });
  expect(toEndpointChange({ ...draft, apiKey: 'k' }, MANUAL)).toEqual({ apiKey: 'k' });
});

it('never touches the name and address of a launched one', () => {
  const launched: Endpoint = { ...MANUAL, source: 'launched' };
  const draft = { ...toEndpointDraft(launched), name: 'x', baseUrl: 'http://x', apiKey: 'k', presetId: 'p' };
  expect(toEndpointChange(draft, launched)).toEqual({ defaultPresetId: 'p' });
});

it('makes a new one from what was typed', () => {
  const draft = { ...toEndpointDraft(null), name: ' n ', baseUrl: ' http://h:1 ' };
  expect(toEndpointInput(draft)).toEqual({
    name: 'n',
    baseUrl: 'http://h:1',
    model: null,
    defaultPresetId: null,
  });
});
