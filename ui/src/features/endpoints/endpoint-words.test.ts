import { expect, it } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { makeT } from '../../locales/make-t.ts';
import {
  byStatus,
  endpointFor,
  endpointState,
  endpointTone,
  isUsable,
  specialWords,
  waitsForModel,
} from './endpoint-words.ts';

const AWAY: Endpoint = {
  id: 'a',
  name: 'a',
  baseUrl: 'http://127.0.0.1:8000',
  source: 'launched',
  status: 'offline',
  model: null,
  models: [],
  context: null,
  slots: null,
  busySlots: null,
  vision: null,
  hasApiKey: false,
  defaultPresetId: null,
  processId: null,
  launch: null,
  latencyMs: null,
  checkedAt: null,
  problem: null,
};
const ON_DEMAND: Endpoint = { ...AWAY, id: 'b', name: 'b', onDemand: true };

it('an offline server that a message launches is on demand, not at fault', () => {
  expect([endpointState(ON_DEMAND), endpointTone(ON_DEMAND)]).toEqual(['onDemand', 'idle']);
  expect([endpointState(AWAY), endpointTone(AWAY)]).toEqual(['offline', 'bad']);
  expect(endpointState({ ...ON_DEMAND, status: 'online' })).toBe('online');
});

it.each([
  [{ status: 'online' }, true, false],
  [{ status: 'loading' }, false, false],
  [{ status: 'offline' }, false, false],
  [{ status: 'online', onDemand: true }, true, false],
  [{ status: 'loading', onDemand: true }, true, true],
  [{ status: 'offline', onDemand: true }, true, true],
] as const)('%j: a message can be sent: %s, and waits for the model: %s', (part, usable, waits) => {
  const endpoint = { ...AWAY, ...part };
  expect([isUsable(endpoint), waitsForModel(endpoint)]).toEqual([usable, waits]);
});

it('lists those that answer at once first, those on demand before those that are away', () => {
  const online: Endpoint = { ...AWAY, id: 'z', name: 'z', status: 'online' };
  expect(byStatus([AWAY, ON_DEMAND, online]).map(({ id }) => id)).toEqual(['z', 'b', 'a']);
});

it('a session without a server of its own goes to one that is online, else to one on demand', () => {
  const online: Endpoint = { ...AWAY, id: 'z', status: 'online' };
  expect(endpointFor([AWAY, ON_DEMAND, online], null)?.id).toBe('z');
  expect(endpointFor([AWAY, ON_DEMAND], null)?.id).toBe('b');
  expect(endpointFor([AWAY], null)).toBeNull();
  expect(endpointFor([AWAY], 'a')?.id).toBe('a');
});

it('says what is special: another runner’s gateway with its models, a model that a message loads', () => {
  const t = makeT();
  expect(specialWords(AWAY, t)).toBeNull();
  expect(specialWords(ON_DEMAND, t)).toBe('the first message loads it');
  expect(specialWords({ ...AWAY, isGateway: true, models: ['x', 'y'] }, t)).toBe(
    'another runner’s gateway, 2 models',
  );
});
