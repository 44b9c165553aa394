import { expect, it } from 'vitest';
import { loadSides, startedOver, withDefaults } from './compare-state.ts';

const EMPTY = { endpointId: null, presetId: null, sessionId: null };

it.each([null, '', '{', '[]', '[{"endpointId":1}]'])('takes %j for two empty sides', (text) => {
  expect(loadSides(text)).toEqual([EMPTY, EMPTY]);
});

it('offers two servers where there are two, else one twice', () => {
  const ids = (online: string[]) => withDefaults([EMPTY, EMPTY], online).map(({ endpointId }) => endpointId);
  expect([ids(['a', 'b', 'c']), ids(['a']), ids([])]).toEqual([
    ['a', 'b'],
    ['a', 'a'],
    [null, null],
  ]);
  expect(
    withDefaults([{ ...EMPTY, endpointId: 'x' }, EMPTY], ['a', 'b']).map(({ endpointId }) => endpointId),
  ).toEqual(['x', 'b']);
});

it('starts over with the same choices', () => {
  const side = { endpointId: 'a', presetId: 'p', sessionId: 's' };
  expect(startedOver([side, side])[1]).toEqual({ ...side, sessionId: null });
});
