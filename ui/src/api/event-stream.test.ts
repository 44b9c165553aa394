/** The event stream against a fake network: chunks cut anywhere, connections broken anywhere. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { EventStream, type StreamStatus } from './event-stream.ts';
import { readEvents, type StreamEvent } from './read-events.ts';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

function bodyOf(chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(chunk);
      controller.close();
    },
  });
}

function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((place) => place % bytes.length).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((to, index) => bytes.slice(at[index], to));
}

async function read(chunks: readonly Uint8Array[]): Promise<StreamEvent[]> {
  const events: StreamEvent[] = [];
  await readEvents(bodyOf(chunks), { onEvent: (event) => events.push(event), onAlive: () => undefined });
  return events;
}

const WIRE = [
  ': ping\n\n',
  'event: processes\ndata: {"processes":[]}\n\n',
  'id: a:12,b:7\nevent: lines\ndata: {"id":"a","entries":["žlijeb ✓ 日本 🚀"]}\n\n',
  'id: a:40,b:7\r\nevent: lines\r\ndata: {"id":"a",\r\ndata: "entries":[]}\r\n\r\n',
].join('');

describe('reading events', () => {
  it('gives the same events wherever the bytes are cut, also inside a character', async () => {
    const whole = await read([encode(WIRE)]);
    expect(whole.map(({ name, id }) => [name, id])).toEqual([
      ['processes', null],
      ['lines', 'a:12,b:7'],
      ['lines', 'a:40,b:7'],
    ]);
    expect(whole[1]?.data).toContain('žlijeb ✓ 日本 🚀');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { maxLength: 12 }), async (places) => {
        expect(await read(cut(encode(WIRE), places))).toEqual(whole);
      }),
    );
    expect(await read([...encode(WIRE)].map((byte) => Uint8Array.of(byte)))).toEqual(whole);
  });

  it('does not deliver an event that the end of the connection cut off', async () => {
    const bytes = encode('id: 1\ndata: {"a":1}\n\nid: 2\ndata: {"a":2}');
    expect((await read([bytes])).map(({ id }) => id)).toEqual(['1']);
  });
});

/** A network that returns the given responses in order, and timers that fire only when the test calls `tick`. */
function fakeNetwork(answers: (string | Error)[]) {
  const asked: (string | null)[] = [];
  const statuses: StreamStatus[] = [];
  const events: StreamEvent[] = [];
  const timers: { delayMs: number; action: () => void }[] = [];
  const stream = new EventStream({
    open: async (cursor, signal) => {
      asked.push(cursor);
      const answer = answers.shift() ?? 'hang';
      if (answer instanceof Error) throw answer;
      if (answer !== 'hang') return new Response(bodyOf([encode(answer)]));
      const body = new ReadableStream<Uint8Array>({
        start: (controller) => signal.addEventListener('abort', () => controller.error(new Error('aborted'))),
      });
      return new Response(body);
    },
    onEvent: (event) => {
      if (event.data === 'poison') throw new Error('cannot be parsed');
      events.push(event);
    },
    onStatus: (status) => statuses.push(status),
    now: () => 1000,
    after: (delayMs, action) => {
      const timer = { delayMs, action };
      timers.push(timer);
      return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
    },
  });
  const settle = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));
  const tick = async (): Promise<void> => {
    timers.shift()?.action();
    await settle();
  };
  return { stream, asked, statuses, events, timers, settle, tick };
}

describe('the event stream', () => {
  it('resumes after the last whole event when the connection breaks in the middle of one', async () => {
    const net = fakeNetwork([
      'id: a:10\nevent: lines\ndata: 1\n\nid: a:20\nevent: lines\nda',
      'id: a:20\nevent: lines\ndata: 2\n\n',
      'hang',
    ]);
    net.stream.start();
    await net.settle();
    expect(net.statuses.at(-1)).toEqual({ kind: 'waiting', retryAtMs: 2000, reason: '' });
    await net.tick();
    await net.tick();
    expect(net.asked).toEqual([null, 'a:10', 'a:20']);
    expect(net.events.map(({ data }) => data)).toEqual(['1', '2']);
    expect(net.statuses.at(-1)).toEqual({ kind: 'live' });
    net.stream.stop();
  });

  it('requests an event again when its handler failed', async () => {
    const net = fakeNetwork(['id: 1\ndata: ok\n\nid: 2\ndata: poison\n\n']);
    net.stream.start();
    await net.settle();
    expect(net.statuses.at(-1)).toMatchObject({ kind: 'waiting', reason: 'cannot be parsed' });
    await net.tick();
    expect(net.asked).toEqual([null, '1']);
    net.stream.stop();
  });

  it('waits longer after every failure, up to a limit, and retryNow skips the wait', async () => {
    const net = fakeNetwork(Array.from({ length: 8 }, () => new ApiError('UNREACHABLE', 'gone')));
    net.stream.start();
    await net.settle();
    const waits: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      waits.push(net.timers[0]?.delayMs ?? 0);
      await net.tick();
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 15_000]);
    const before = net.asked.length;
    net.stream.retryNow();
    await net.settle();
    expect(net.asked.length).toBe(before + 1);
    expect(net.timers.length).toBe(1);
    net.stream.stop();
  });

  it('treats a long silence as a dead connection', async () => {
    const net = fakeNetwork(['hang']);
    net.stream.start();
    await net.settle();
    expect(net.statuses.at(-1)).toEqual({ kind: 'live' });
    expect(net.timers.map(({ delayMs }) => delayMs)).toEqual([40_000]);
    await net.tick();
    expect(net.statuses.at(-1)).toMatchObject({ kind: 'waiting' });
    net.stream.stop();
  });

  it('has one connection after a stop and a start at once', async () => {
    const net = fakeNetwork(['hang', 'hang', 'hang']);
    net.stream.start();
    await net.settle();
    net.stream.stop();
    net.stream.start();
    await net.settle();
    expect([net.asked.length, net.timers.length]).toEqual([2, 1]);
    expect(net.statuses.at(-1)).toEqual({ kind: 'live' });
    net.stream.stop();
  });

  it('stops trying when the token is refused, and after stop', async () => {
    const refused = fakeNetwork([new ApiError('UNAUTHORIZED', 'no')]);
    refused.stream.start();
    await refused.settle();
    expect(refused.statuses.at(-1)).toEqual({ kind: 'unauthorized' });
    expect(refused.timers).toEqual([]);
    const stopped = fakeNetwork(['hang']);
    stopped.stream.start();
    await stopped.settle();
    stopped.stream.stop();
    await stopped.settle();
    expect(stopped.statuses.at(-1)).toEqual({ kind: 'live' });
    expect(stopped.timers).toEqual([]);
  });
});
