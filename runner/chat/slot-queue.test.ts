import { describe, expect, it } from 'vitest';
import { SlotQueue } from './slot-queue.ts';

function client(queue: SlotQueue, slots: number | null = 1) {
  const abort = new AbortController();
  const places: number[] = [];
  const entering = queue.enter({
    endpointId: 'e',
    slots,
    signal: abort.signal,
    onPlace: (place) => places.push(place),
  });
  return { abort, places, entering };
}

describe('the queue for slots', () => {
  it('lets as many in as there are slots, then in order of arrival, and tells each its place', async () => {
    const queue = new SlotQueue();
    const [first, second, third] = [client(queue), client(queue), client(queue)];
    const leaveFirst = await first.entering;
    expect([first.places, second.places, third.places]).toEqual([[], [1], [2]]);
    leaveFirst();
    const leaveSecond = await second.entering;
    expect(third.places).toEqual([2, 1]);
    leaveSecond();
    (await third.entering)();
    (await client(queue).entering)();
  });

  it('forgets a waiter that leaves, and moves the others up', async () => {
    const queue = new SlotQueue();
    const [first, second, third] = [client(queue), client(queue), client(queue)];
    const leave = await first.entering;
    second.abort.abort(new Error('gone'));
    await expect(second.entering).rejects.toThrow('gone');
    expect(third.places).toEqual([2, 1]);
    leave();
    await third.entering;
  });

  it('gives a slot back once only', async () => {
    const queue = new SlotQueue();
    const leave = await client(queue).entering;
    leave();
    leave();
    await client(queue).entering;
    const waiting = client(queue);
    expect(waiting.places).toEqual([1]);
  });

  it('lets everybody in where the server does not tell its slots', async () => {
    const queue = new SlotQueue();
    const clients = [client(queue, null), client(queue, null), client(queue, null)];
    await Promise.all(clients.map(({ entering }) => entering));
    expect(clients.flatMap(({ places }) => places)).toEqual([]);
  });

  it('refuses who has left before', async () => {
    const gone = AbortSignal.abort(new Error('gone'));
    await expect(
      new SlotQueue().enter({ endpointId: 'e', slots: 1, signal: gone, onPlace: () => {} }),
    ).rejects.toThrow('gone');
  });
});
