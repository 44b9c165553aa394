import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findRoom } from './find-room.ts';
import type { Occupant, Room } from './find-room.ts';

function occupant(id: string, rest: Partial<Occupant> = {}): Occupant {
  const idle = { isPinned: false, isBusy: false, isLeaving: false, isClaimed: false, lastUsedAt: 0 };
  return { id, memoryMb: 0, group: null, ...idle, ...rest };
}

const room = (...victims: string[]): Room => ({ kind: 'room', victims });

describe('who has to go', () => {
  const cases: [string, Parameters<typeof findRoom>, ReturnType<typeof findRoom>][] = [
    ['nobody where nothing is loaded', [{ memoryMb: 5, group: 'a' }, [], 5], room()],
    [
      'nobody without a budget',
      [{ memoryMb: 500, group: null }, [occupant('a', { memoryMb: 900 })], null],
      room(),
    ],
    ['nobody where both fit', [{ memoryMb: 5, group: null }, [occupant('a', { memoryMb: 5 })], 10], room()],
    [
      'nobody for a model of unknown size',
      [{ memoryMb: 0, group: null }, [occupant('a', { memoryMb: 50 })], 10],
      room(),
    ],
    [
      'an idle member of the group',
      [{ memoryMb: 0, group: 'g' }, [occupant('a', { group: 'g' }), occupant('b')], null],
      room('a'),
    ],
    [
      'a busy member of the group, when it is done',
      [{ memoryMb: 0, group: 'g' }, [occupant('a', { group: 'g', isBusy: true })], null],
      room('a'),
    ],
    [
      'the one that was not used for longest',
      [
        { memoryMb: 5, group: null },
        [occupant('new', { memoryMb: 5, lastUsedAt: 9 }), occupant('old', { memoryMb: 5, lastUsedAt: 1 })],
        10,
      ],
      room('old'),
    ],
    [
      'an idle one before a busy one that was not used for longer',
      [
        { memoryMb: 5, group: null },
        [occupant('busy', { memoryMb: 5, isBusy: true }), occupant('idle', { memoryMb: 5, lastUsedAt: 9 })],
        10,
      ],
      room('idle'),
    ],
    [
      'the busy one that drains already',
      [
        { memoryMb: 5, group: null },
        [
          occupant('a', { memoryMb: 5, isBusy: true }),
          occupant('b', { memoryMb: 5, isBusy: true, isClaimed: true, lastUsedAt: 9 }),
        ],
        10,
      ],
      room('b'),
    ],
    [
      'no small one where a large one has to go anyway',
      [
        { memoryMb: 8, group: null },
        [
          occupant('small', { memoryMb: 2, lastUsedAt: 1 }),
          occupant('large', { memoryMb: 8, lastUsedAt: 2 }),
        ],
        10,
      ],
      room('large'),
    ],
    [
      'nobody more than the one that is leaving',
      [
        { memoryMb: 5, group: null },
        [
          occupant('idle', { memoryMb: 5 }),
          occupant('leaving', { memoryMb: 5, isLeaving: true, lastUsedAt: 9 }),
        ],
        10,
      ],
      room('leaving'),
    ],
    [
      'never a pinned member of the group',
      [{ memoryMb: 0, group: 'g' }, [occupant('a', { group: 'g', isPinned: true })], null],
      { kind: 'none', because: 'group', holders: ['a'] },
    ],
    [
      'a pinned one that somebody is stopping',
      [{ memoryMb: 0, group: 'g' }, [occupant('a', { group: 'g', isPinned: true, isLeaving: true })], null],
      room('a'),
    ],
    [
      'never a pinned one for its memory',
      [
        { memoryMb: 6, group: null },
        [occupant('a', { memoryMb: 5, isPinned: true }), occupant('b', { memoryMb: 1 })],
        10,
      ],
      { kind: 'none', because: 'memory', holders: ['a'] },
    ],
    [
      'nobody for what is over the budget alone',
      [{ memoryMb: 11, group: null }, [occupant('a', { memoryMb: 5, isPinned: true })], 10],
      { kind: 'none', because: 'memory', holders: [] },
    ],
  ];
  it.each(cases)('%s', (_name, args, expected) => {
    expect(findRoom(...args)).toEqual(expected);
  });
});

describe('for any models', () => {
  const group = fc.constantFrom('g', 'h', null);
  const occupants = fc
    .array(
      fc.record({
        memoryMb: fc.nat(10),
        group,
        lastUsedAt: fc.nat(5),
        isPinned: fc.boolean(),
        isBusy: fc.boolean(),
        isLeaving: fc.boolean(),
        isClaimed: fc.boolean(),
      }),
      { maxLength: 8 },
    )
    .map((all) => all.map((one, index): Occupant => ({ ...one, id: `m${index}` })));
  const wanted = fc.record({ memoryMb: fc.integer({ min: 1, max: 12 }), group });
  const sum = (all: readonly Occupant[]): number => all.reduce((total, { memoryMb }) => total + memoryMb, 0);

  it('there is room when its victims are gone, none of them is pinned, and none is needless', () => {
    fc.assert(
      fc.property(wanted, occupants, fc.nat(40), (model, all, budgetMb) => {
        const found = findRoom(model, all, budgetMb);
        if (found.kind === 'none') return;
        const isVictim = ({ id }: Occupant): boolean => found.victims.includes(id);
        const left = all.filter((one) => !isVictim(one));
        expect(sum(left) + model.memoryMb).toBeLessThanOrEqual(budgetMb);
        expect(left.filter((one) => one.group !== null && one.group === model.group)).toEqual([]);
        for (const victim of all.filter(isVictim)) {
          expect(victim.isPinned && !victim.isLeaving).toBe(false);
          const isRival = victim.group !== null && victim.group === model.group;
          expect(isRival || sum(left) + victim.memoryMb + model.memoryMb > budgetMb).toBe(true);
        }
      }),
    );
  });

  it('there is none exactly where pinned ones stand in the way, or it is too large by itself', () => {
    fc.assert(
      fc.property(wanted, occupants, fc.nat(40), (model, all, budgetMb) => {
        const fixed = all.filter(({ isPinned, isLeaving }) => isPinned && !isLeaving);
        const isHopeless =
          fixed.some((one) => one.group !== null && one.group === model.group) ||
          sum(fixed) + model.memoryMb > budgetMb;
        expect(findRoom(model, all, budgetMb).kind).toBe(isHopeless ? 'none' : 'room');
      }),
    );
  });

  it('a busy one drains for memory only where all idle ones together do not suffice', () => {
    fc.assert(
      fc.property(wanted, occupants, fc.nat(40), (model, all, budgetMb) => {
        const found = findRoom({ ...model, group: null }, all, budgetMb);
        if (found.kind === 'none') return;
        const stays = ({ isBusy, isLeaving, isPinned }: Occupant): boolean =>
          !isLeaving && (isBusy || isPinned);
        const drained = all.some(
          ({ id, isBusy, isLeaving }) => isBusy && !isLeaving && found.victims.includes(id),
        );
        expect(drained).toBe(sum(all.filter(stays)) + model.memoryMb > budgetMb);
      }),
    );
  });
});
