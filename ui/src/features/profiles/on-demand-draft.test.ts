import { expect, it } from 'vitest';
import {
  DEFAULT_ON_DEMAND,
  canBeOnDemand,
  readOnDemandDraft,
  toOnDemandDraft,
  type OnDemandDraft,
} from './on-demand-draft.ts';

const DRAFT: OnDemandDraft = { idle: '10', pinned: false, group: '', memoryMb: '' };

it.each([1, 59, 60, 61, 90, 600, 4321, 604_800])(
  'an idle time of %i s survives being shown in minutes',
  (idleSeconds) => {
    const settings = { ...DEFAULT_ON_DEMAND, idleSeconds };
    expect(readOnDemandDraft(toOnDemandDraft(settings)).settings).toEqual(settings);
  },
);

it('reads empty fields as never, none and estimated', () => {
  expect(readOnDemandDraft({ ...DRAFT, idle: ' ' }).settings).toEqual({
    idleSeconds: null,
    pinned: false,
    group: null,
    memoryMb: null,
  });
});

it('reads every field, with a comma for a point', () => {
  const draft = { idle: '1,5', pinned: true, group: ' gpu ', memoryMb: '8 000' };
  expect(readOnDemandDraft(draft).settings).toEqual({
    idleSeconds: 90,
    pinned: true,
    group: 'gpu',
    memoryMb: 8000,
  });
});

it.each([
  [{ idle: 'soon' }, 'idleSeconds'],
  [{ idle: '0' }, 'idleSeconds'],
  [{ idle: '10081' }, 'idleSeconds'],
  [{ memoryMb: '1.5' }, 'memoryMb'],
  [{ memoryMb: '-1' }, 'memoryMb'],
  [{ group: 'x'.repeat(41) }, 'group'],
] as const)('names the fault of %j', (patch, field) => {
  const { settings, faults } = readOnDemandDraft({ ...DRAFT, ...patch });
  expect(settings).toBeNull();
  expect([...faults]).toEqual([field]);
});

it('is offered for LLM servers only', () => {
  const form = { model: '/m.gguf', host: '127.0.0.1', port: 'auto' as const, extraArgs: [], env: {} };
  expect(canBeOnDemand({ recipe: 'embedded', form })).toBe(true);
  expect(canBeOnDemand({ recipe: 'script', form: { path: '/a.sh', args: [], env: {} } })).toBe(false);
});
