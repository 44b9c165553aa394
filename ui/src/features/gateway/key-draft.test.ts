import { expect, it } from 'vitest';
import type { GatewayKey } from '#contract/gateway';
import { dayOf, readKeyDraft, toKeyChange, toKeyDraft } from './key-draft.ts';
import { byState, doorState, keyState } from './key-state.ts';

const NOW = new Date(2026, 2, 10, 12).getTime();
const KEY: GatewayKey = {
  id: 'k',
  hint: 'sk-lsm-abcde',
  source: 'managed',
  name: 'Office',
  models: ['qwen*'],
  routes: ['chat'],
  requestsPerMinute: 60,
  tokensPerMinute: null,
  tokenQuota: null,
  expiresAt: null,
  createdAt: null,
  lastUsedAt: null,
  revokedAt: null,
  usedRequests: 0,
  usedTokens: 0,
};

it('makes a key from what was typed', () => {
  const draft = {
    ...toKeyDraft(null),
    name: ' Laptop ',
    models: [' a ', ''],
    tokenQuota: '1 000 000',
    expiresOn: '2026-03-10',
  };
  expect(readKeyDraft(draft, null, NOW)).toEqual({
    faults: {},
    input: {
      name: 'Laptop',
      models: ['a'],
      routes: [],
      requestsPerMinute: null,
      tokensPerMinute: null,
      tokenQuota: 1_000_000,
      // The chosen day is the last on which the key works.
      expiresAt: new Date(2026, 2, 10, 23, 59, 59).toISOString(),
    },
  });
});

it.each([
  [{ name: ' ' }, { name: true }],
  [{ models: ['m'.repeat(257)] }, { models: true }],
  [{ requestsPerMinute: '0' }, { requestsPerMinute: true }],
  [{ tokensPerMinute: '1.5' }, { tokensPerMinute: true }],
  [{ tokenQuota: '1000000001' }, { tokenQuota: true }],
  [{ expiresOn: '2026-03-09' }, { expiresOn: true }],
  [{ expiresOn: 'soon' }, { expiresOn: true }],
])('finds the fault in %j', (part, faults) => {
  expect(readKeyDraft({ ...toKeyDraft(KEY), ...part }, null, NOW)).toEqual({ input: null, faults });
});

it('asks to change only what differs', () => {
  const read = (part: object) => readKeyDraft({ ...toKeyDraft(KEY), ...part }, KEY, NOW).input ?? KEY;
  expect(toKeyChange(read({}), KEY)).toEqual({});
  expect(toKeyChange(read({ name: 'Home', routes: [], requestsPerMinute: '' }), KEY)).toEqual({
    name: 'Home',
    routes: [],
    requestsPerMinute: null,
  });
});

it('keeps the time of a day that was not touched, even of an expired key', () => {
  const key = { ...KEY, expiresAt: new Date(2026, 1, 1, 8, 30).toISOString() };
  const draft = toKeyDraft(key);
  expect(draft.expiresOn).toBe('2026-02-01');
  expect(readKeyDraft({ ...draft, name: 'x' }, key, NOW).input?.expiresAt).toBe(key.expiresAt);
  expect(readKeyDraft({ ...draft, expiresOn: '' }, key, NOW).input?.expiresAt).toBeNull();
  expect(dayOf(null)).toBe('');
});

it.each([
  [{}, 'active'],
  [{ source: 'environment' }, 'environment'],
  [{ tokenQuota: 5, usedTokens: 5 }, 'spent'],
  [{ expiresAt: new Date(NOW).toISOString() }, 'expired'],
  [{ expiresAt: new Date(NOW - 1).toISOString(), revokedAt: 'x' }, 'revoked'],
] as const)('a key with %j is %s', (part, state) => {
  expect(keyState({ ...KEY, ...part }, NOW)).toBe(state);
});

it('tells an open door from one that lets nobody in', () => {
  const revoked = { ...KEY, id: 'r', revokedAt: 'x' };
  const doors = (isLocked: boolean): string[] =>
    [[], [revoked], [revoked, KEY]].map((keys) => doorState(keys, { nowMs: NOW, isLocked }));
  expect(doors(false)).toEqual(['open', 'locked', 'keyed']);
  expect(doors(true)).toEqual(['locked', 'locked', 'keyed']);
  expect(byState([revoked, KEY], NOW).map(({ id }) => id)).toEqual(['k', 'r']);
});
