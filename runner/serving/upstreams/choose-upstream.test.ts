import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { chooseUpstream } from './choose-upstream.ts';
import type { Candidate } from '../models/models-of-endpoints.ts';
import { endpointAt } from '../../gateway/testing/test-gateway.ts';

interface Row {
  id: string;
  load: number;
  slots?: number | null;
  weight?: number;
  priority?: number;
  isGateway?: boolean;
}

function choose(
  rows: readonly Row[],
  { lastId = null, turn = 0 }: { lastId?: string | null; turn?: number } = {},
): string | null {
  const candidates = rows.map(({ id, slots = 4, weight = 1, priority = 0, isGateway = false }): Candidate => {
    const endpoint: Endpoint = endpointAt('http://x', { id, slots, isGateway });
    return { endpoint, model: null, weight, priority };
  });
  const choice = chooseUpstream(candidates, {
    lastId,
    turn,
    loadOf: (id) => rows.find((row) => row.id === id)?.load ?? 0,
  });
  return choice === null ? null : `${choice.candidate.endpoint.id} ${choice.reason}`;
}

test.each<[string, Row[], { lastId?: string; turn?: number }, string | null]>([
  ['nobody', [], {}, null],
  ['the only one, however busy', [{ id: 'a', load: 9 }], {}, 'a only'],
  [
    'the least busy',
    [
      { id: 'a', load: 2 },
      { id: 'b', load: 1 },
    ],
    {},
    'b least-busy',
  ],
  [
    'equal ones in turn',
    [
      { id: 'a', load: 1 },
      { id: 'b', load: 1 },
    ],
    { turn: 1 },
    'b least-busy',
  ],
  [
    'more slots before fewer',
    [
      { id: 'a', load: 1, slots: 2 },
      { id: 'b', load: 2, slots: 8 },
    ],
    {},
    'b least-busy',
  ],
  [
    'a free slot before a full server of more weight',
    [
      { id: 'a', load: 1, slots: 1, weight: 100 },
      { id: 'b', load: 3 },
    ],
    {},
    'b least-busy',
  ],
  [
    'twice the weight carries twice the load',
    [
      { id: 'a', load: 2, slots: 8, weight: 2 },
      { id: 'b', load: 1, slots: 8 },
    ],
    {},
    'a least-busy',
  ],
  [
    'unknown slots count as four',
    [
      { id: 'a', load: 1, slots: null },
      { id: 'b', load: 1, slots: 2 },
    ],
    {},
    'a least-busy',
  ],
  [
    'the lowest priority, even when it is busier',
    [
      { id: 'a', load: 3, priority: 0 },
      { id: 'b', load: 0, priority: 1 },
    ],
    {},
    'a least-busy',
  ],
  [
    'the last one, one request fuller',
    [
      { id: 'a', load: 1 },
      { id: 'b', load: 0 },
    ],
    { lastId: 'a' },
    'a affinity',
  ],
  [
    'not the last one, two requests fuller',
    [
      { id: 'a', load: 2 },
      { id: 'b', load: 0 },
    ],
    { lastId: 'a' },
    'b least-busy',
  ],
  [
    'not the last one, full while another has room',
    [
      { id: 'a', load: 1, slots: 1 },
      { id: 'b', load: 0, slots: 1 },
    ],
    { lastId: 'a' },
    'b least-busy',
  ],
  [
    'the last one, all full alike',
    [
      { id: 'a', load: 4 },
      { id: 'b', load: 4 },
    ],
    { lastId: 'b' },
    'b affinity',
  ],
  [
    'a server that has room before an idle gateway',
    [
      { id: 'a', load: 0, slots: null, isGateway: true },
      { id: 'b', load: 3 },
    ],
    { lastId: 'a' },
    'b least-busy',
  ],
  [
    'a gateway where the server is full',
    [
      { id: 'a', load: 3, slots: null, isGateway: true },
      { id: 'b', load: 4 },
    ],
    {},
    'a least-busy',
  ],
  [
    'the less busy of a gateway and a server that does not tell its slots',
    [
      { id: 'a', load: 1, slots: null },
      { id: 'b', load: 0, slots: null, isGateway: true },
    ],
    {},
    'b least-busy',
  ],
  [
    'not a last one of another priority',
    [
      { id: 'a', load: 0 },
      { id: 'b', load: 0, priority: 1 },
    ],
    { lastId: 'b' },
    'a least-busy',
  ],
])('%s', (_, ...[rows, facts, expected]) => {
  expect(choose(rows, facts)).toBe(expected);
});

test('affinity never fills one more than another by more than two: its one request of lead, and the one it takes', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 60 }),
      (count, wishes) => {
        const rows = Array.from({ length: count }, (_, index) => ({ id: String(index), load: 0, slots: 4 }));
        for (const [turn, wish] of wishes.entries()) {
          const chosen = choose(rows, { lastId: String(wish % count), turn })?.split(' ')[0];
          for (const row of rows) if (row.id === chosen) row.load += 1;
          const loads = rows.map(({ load }) => load);
          expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(2);
        }
      },
    ),
  );
});
