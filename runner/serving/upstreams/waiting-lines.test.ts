import { expect, test } from 'vitest';
import { WaitingLines } from './waiting-lines.ts';

function lines(): {
  lines: WaitingLines<string>;
  free: Set<string>;
  places: Record<string, number[]>;
  join: Join;
  served: string[];
} {
  const queue = new WaitingLines<string>();
  const free = new Set<string>();
  const places: Record<string, number[]> = {};
  const served: string[] = [];
  const join: Join = (who, { model = 'm', server = model, signal = new AbortController().signal } = {}) =>
    queue
      .wait({
        line: model,
        servers: [server],
        signal,
        attempt: () => (free.delete(server) ? who : null),
        onPlace: (place) => void (places[who] ??= []).push(place),
      })
      .then((turn) => {
        served.push(turn);
        return turn;
      });
  return { lines: queue, free, places, join, served };
}
type Join = (
  who: string,
  options?: { model?: string; server?: string; signal?: AbortSignal },
) => Promise<string>;

const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('first come, first served, each told its place', async () => {
  const { lines: queue, free, places, join, served } = lines();
  const all = ['a', 'b', 'c'].map((who) => join(who));
  expect(queue.length).toBe(3);
  for (const _ of all) {
    free.add('m');
    queue.advance();
    await settle();
  }
  expect(served).toEqual(['a', 'b', 'c']);
  expect(places).toEqual({ a: [1], b: [2, 1], c: [3, 2, 1] });
  expect(queue.length).toBe(0);
});

test('one that leaves is removed, and those behind it move up', async () => {
  const { lines: queue, free, places, join, served } = lines();
  const leaving = new AbortController();
  const first = join('a', { signal: leaving.signal });
  const second = join('b');
  leaving.abort(new Error('left'));
  await expect(first).rejects.toThrow('left');
  expect([queue.length, places['b']]).toEqual([1, [2, 1]]);
  free.add('m');
  queue.advance();
  await second;
  expect(served).toEqual(['b']);
  await expect(join('c', { signal: leaving.signal })).rejects.toThrow('left');
});

test('a model that is full does not hold up another; of two that share a server the first comer goes first', async () => {
  const { lines: queue, free, join, served } = lines();
  const full = join('full', { model: 'full' });
  const all = [join('late-name', { model: 'x', server: 's' }), join('early', { model: 'a', server: 's' })];
  free.add('s');
  queue.advance();
  await settle();
  expect(served).toEqual(['late-name']);
  free.add('s').add('full');
  queue.advance();
  await Promise.all([...all, full]);
  expect(served).toEqual(['late-name', 'full', 'early']);
});

test('what an attempt throws is told to its waiter alone', async () => {
  const queue = new WaitingLines<string>();
  const { signal } = new AbortController();
  const fails = queue.wait({
    line: 'm',
    servers: ['m'],
    signal,
    onPlace: () => {},
    attempt: () => {
      throw new Error('gone');
    },
  });
  const works = queue.wait({ line: 'm', servers: ['m'], signal, onPlace: () => {}, attempt: () => 'turn' });
  queue.advance();
  await expect(fails).rejects.toThrow('gone');
  expect(await works).toBe('turn');
});

test('a place counts everyone who came earlier and waits for the same server, in whichever line', async () => {
  const { lines: queue, free, places, join, served } = lines();
  const all = [
    join('first', { model: 'x', server: 's' }),
    join('second', { model: 'y', server: 's' }),
    join('elsewhere', { model: 'z', server: 'other' }),
    join('third', { model: 'x', server: 's' }),
  ];
  expect(places).toEqual({ first: [1], second: [2], elsewhere: [1], third: [3] });
  for (const _ of [1, 2, 3]) {
    free.add('s');
    queue.advance();
    await settle();
  }
  free.add('other');
  queue.advance();
  await Promise.all(all);
  expect(served).toEqual(['first', 'second', 'third', 'elsewhere']);
  expect(places).toEqual({ first: [1], second: [2, 1], elsewhere: [1], third: [3, 2, 1] });
});
