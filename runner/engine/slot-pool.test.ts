import { describe, expect, it } from 'vitest';
import { commonPrefixLength, SlotPool } from './slot-pool.ts';
import type { Slot } from './slot-pool.ts';

const anyone = new AbortController().signal;

function poolOf(...caches: number[][]): SlotPool<Slot> {
  return new SlotPool(caches.map((cachedTokens, id) => ({ id, cachedTokens })));
}

describe('SlotPool', () => {
  it('prefers the slot that holds the longest start of the prompt', async () => {
    const pool = poolOf([1, 9], [1, 2, 3, 9], [1, 2]);
    const { slot, choice } = await pool.acquire([1, 2, 3, 4], anyone);
    expect(slot.id).toBe(1);
    expect(choice).toEqual({ by: 'lcp', similarity: 0.75, kept: 0.75 });
  });

  it('takes the least recently used slot when no cache fits', async () => {
    const pool = poolOf([], [], []);
    const first = await pool.acquire([1], anyone);
    pool.release(first.slot);
    const second = await pool.acquire([1], anyone);
    expect([first.slot.id, second.slot.id]).toEqual([0, 1]);
  });

  it('serves who waits in the order they came', async () => {
    const pool = poolOf([]);
    const { slot } = await pool.acquire([], anyone);
    const served: string[] = [];
    const waiting = ['a', 'b', 'c'].map(async (name) => {
      const grant = await pool.acquire([], anyone);
      served.push(name);
      pool.release(grant.slot);
    });
    expect(pool.waitingCount).toBe(3);
    pool.release(slot);
    await Promise.all(waiting);
    expect(served).toEqual(['a', 'b', 'c']);
    expect(pool.isBusy(slot)).toBe(false);
  });

  it('forgets who leaves while waiting, and gives the slot to the next', async () => {
    const pool = poolOf([]);
    const { slot } = await pool.acquire([], anyone);
    const leaver = new AbortController();
    const left = pool.acquire([], leaver.signal);
    const stayed = pool.acquire([], anyone);
    leaver.abort(new Error('gone'));
    await expect(left).rejects.toThrow('gone');
    expect(pool.waitingCount).toBe(1);
    pool.release(slot);
    await expect(stayed).resolves.toHaveProperty('slot.id', 0);
  });

  it('keeps a granted slot when the signal aborts afterwards: its user releases it', async () => {
    const pool = poolOf([]);
    const user = new AbortController();
    const { slot } = await pool.acquire([], user.signal);
    user.abort();
    expect(pool.isBusy(slot)).toBe(true);
  });

  it('does not admit who has left before asking', async () => {
    await expect(poolOf([]).acquire([], AbortSignal.abort(new Error('gone')))).rejects.toThrow('gone');
  });
});

it.each([
  [[], [], 0],
  [[1, 2], [1, 2], 2],
  [[1, 2, 3], [1, 2], 2],
  [[1], [2], 0],
])('the common start of %j and %j has %i tokens', (a, b, length) => {
  expect(commonPrefixLength(a, b)).toBe(length);
});
