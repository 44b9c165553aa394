import { expect, it } from 'vitest';
import { makeT } from '../../locales/make-t.ts';
import { modelFacts, type OnDemandModel } from './model-words.ts';

const NOW_MS = Date.parse('2026-03-10T12:00:00Z');
const IDLE: OnDemandModel = {
  id: 'tiny',
  profileId: 'p1',
  profileName: 'Tiny',
  model: null,
  state: 'loaded',
  inFlight: 0,
  waiting: 0,
  pinned: false,
  group: null,
  memoryMb: null,
  idleUnloadAt: null,
  problem: null,
};
const words = (model: Partial<OnDemandModel>): string => modelFacts({ ...IDLE, ...model }, NOW_MS, makeT());

it('says nothing of what is not known or not the case', () => {
  expect(words({})).toBe('');
});

it('says what a model takes, who waits for it and when it goes', () => {
  expect(
    words({ model: '/models/tiny-chat.gguf', group: 'gpu', memoryMb: 1250, inFlight: 1, waiting: 3 }),
  ).toBe('tiny-chat · group gpu · 1.3 GB · 1 in progress · 3 waiting');
  expect(words({ idleUnloadAt: '2026-03-10T12:03:12Z' })).toBe('unloads in 3 m 12 s');
});

it('counts to zero where the unloading is late', () => {
  expect(words({ idleUnloadAt: '2026-03-10T11:59:50Z' })).toBe('unloads in 0 s');
});
