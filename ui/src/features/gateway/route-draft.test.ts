import { expect, it } from 'vitest';
import type { GatewayRoute } from '#contract/gateway';
import { newTarget, readRouteDraft, toRouteDraft, type RouteDraft, type TargetDraft } from './route-draft.ts';

const ROUTE: GatewayRoute = {
  model: 'fast',
  targets: [
    { endpointId: 'a', model: null, weight: 1, priority: 0 },
    { endpointId: 'b', model: 'm', weight: 0.5, priority: 2 },
  ],
  fallback: ['slow'],
};

function withTarget(part: Partial<TargetDraft>): RouteDraft {
  return { model: 'x', targets: [{ ...newTarget([]), endpointId: 'a', ...part }], fallback: [] };
}

it('gives back the route that it was made from', () => {
  expect(readRouteDraft(toRouteDraft(ROUTE), ['slow'])).toEqual({ route: ROUTE, faults: { targets: {} } });
});

it('reads what was typed', () => {
  expect(
    readRouteDraft(withTarget({ model: ' m ', weight: '0,25', priority: '3' }), []).route?.targets,
  ).toEqual([{ endpointId: 'a', model: 'm', weight: 0.25, priority: 3 }]);
});

it.each([
  [{ ...toRouteDraft(ROUTE), model: ' ' }, { model: 'none' }],
  [{ ...toRouteDraft(ROUTE), model: 'taken' }, { model: 'taken' }],
  [{ ...toRouteDraft(ROUTE), fallback: ['fast'] }, { fallback: 'self' }],
  [{ ...toRouteDraft(ROUTE), fallback: ['m'.repeat(257)] }, { fallback: 'long' }],
  [{ model: 'x', targets: [], fallback: [] }, { leadsNowhere: true }],
  [withTarget({ endpointId: null }), { targets: { 0: { endpointId: true } } }],
  [withTarget({ weight: '0' }), { targets: { 0: { weight: true } } }],
  [withTarget({ weight: '' }), { targets: { 0: { weight: true } } }],
  [withTarget({ priority: '1.5' }), { targets: { 0: { priority: true } } }],
  [withTarget({ priority: '101' }), { targets: { 0: { priority: true } } }],
])('finds the fault in %j', (draft, faults) => {
  expect(readRouteDraft(draft, ['taken'])).toEqual({ route: null, faults: { targets: {}, ...faults } });
});

it('numbers targets so that none is taken for another', () => {
  const [first, second] = toRouteDraft(ROUTE).targets;
  expect([newTarget([]).key, newTarget(second === undefined ? [] : [second]).key, first?.key]).toEqual([
    0, 2, 0,
  ]);
});
