/** Following a stream over a fake network, with timers that fire only when the test calls `tick`. */
import { describe, expect, it } from 'vitest';
import { ApiError } from '../../api/api-error.ts';
import { followStream, type FollowEnd } from './follow-stream.ts';
import { EMPTY_ANSWER, applyEvent } from './live-answer.ts';

const frame = (number: number, body: object): string => `id: st:${number}\ndata: ${JSON.stringify(body)}\n\n`;
const say = (number: number, content: string): string => frame(number, { content });
const DONE = {
  done: true,
  stream_id: 'st',
  model: null,
  endpoint_id: 'e',
  finish_reason: 'stop',
  usage: null,
};

/** Each item is the text of one connection: "…" at its end leaves it open, an error refuses it. */
function fakeNetwork(answers: (string | Error)[]) {
  const asked: (string | null)[] = [];
  const waits: number[] = [];
  const broken: boolean[] = [];
  const timers: { delayMs: number; action: () => void }[] = [];
  let answer = EMPTY_ANSWER;
  const abort = new AbortController();
  const connect = async (lastEventId: string | null, signal: AbortSignal): Promise<Response> => {
    asked.push(lastEventId);
    const next = answers.shift() ?? new ApiError('UNREACHABLE', 'gone');
    if (next instanceof Error) throw next;
    const text = next.replace(/…$/, '');
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode(text));
        if (text === next) controller.close();
        else signal.addEventListener('abort', () => controller.error(new Error('aborted')));
      },
    });
    return new Response(body);
  };
  const settle = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));
  const start = async (): Promise<FollowEnd> =>
    followStream(
      {
        open: async (signal) => connect(null, signal),
        resume: async ({ lastEventId }, signal) => connect(lastEventId, signal),
        onEvent: (event) => {
          answer = applyEvent(answer, event);
        },
        position: () =>
          answer.streamId === null ? null : { streamId: answer.streamId, lastEventId: answer.lastEventId },
        isEnded: () => answer.end !== null,
        onBroken: (isBroken) => broken.push(isBroken),
        after: (delayMs, action) => {
          const timer = { delayMs, action };
          timers.push(timer);
          return () => void timers.splice(timers.indexOf(timer), timers.includes(timer) ? 1 : 0);
        },
      },
      abort.signal,
    );
  const tick = async (): Promise<void> => {
    const timer = timers.shift();
    if (timer !== undefined) waits.push(timer.delayMs);
    timer?.action();
    await settle();
  };
  return { start, settle, tick, asked, waits, broken, timers, abort, content: () => answer.content };
}

describe('following the stream of an answer', () => {
  it('reads it to its end', async () => {
    const net = fakeNetwork([say(1, 'Hel') + say(2, 'lo') + frame(3, DONE)]);
    expect(await net.start()).toEqual({ kind: 'ended' });
    expect([net.content(), net.asked]).toEqual(['Hello', [null]]);
  });

  it('resumes after the last frame when the connection breaks, without losing or repeating a word', async () => {
    const net = fakeNetwork([
      say(1, 'a') + 'id: st:2\ndata: {"con',
      say(1, 'a') + say(2, 'b'),
      say(3, 'c') + frame(4, DONE),
    ]);
    const end = net.start();
    await net.settle();
    await net.tick();
    await net.tick();
    expect(await end).toEqual({ kind: 'ended' });
    expect([net.content(), net.asked]).toEqual(['abc', [null, 'st:1', 'st:2']]);
    expect(net.broken).toEqual([false, true, false, true, false]);
  });

  it('waits longer after every failure, up to a limit, and starts over after a success', async () => {
    const gone = (): ApiError => new ApiError('UNREACHABLE', 'gone');
    const net = fakeNetwork([say(1, 'a'), ...Array.from({ length: 6 }, gone), say(2, 'b'), frame(3, DONE)]);
    const end = net.start();
    await net.settle();
    for (let round = 0; round < 8; round += 1) await net.tick();
    expect(await end).toEqual({ kind: 'ended' });
    expect(net.waits).toEqual([500, 1000, 2000, 4000, 8000, 15_000, 15_000, 500]);
  });

  it('treats a long silence as a dead connection', async () => {
    const net = fakeNetwork([`${say(1, 'a')}…`, frame(2, DONE)]);
    const end = net.start();
    await net.settle();
    expect(net.timers.map(({ delayMs }) => delayMs)).toEqual([40_000]);
    await net.tick();
    await net.tick();
    expect(await end).toEqual({ kind: 'ended' });
  });

  it('returns the error of the runner, both at the start and on resuming', async () => {
    const busy = new ApiError('SESSION_BUSY', 'It is answering.');
    expect(await fakeNetwork([busy]).start()).toEqual({ kind: 'refused', error: busy });
    const unknown = new ApiError('STREAM_NOT_FOUND', 'No such stream.');
    const net = fakeNetwork([say(1, 'a'), unknown]);
    const end = net.start();
    await net.settle();
    await net.tick();
    expect(await end).toEqual({ kind: 'refused', error: unknown });
  });

  it('never sends a message twice: reports an unreachable runner, and a stream lost before its first frame', async () => {
    const gone = new ApiError('UNREACHABLE', 'gone');
    const refused = fakeNetwork([gone]);
    expect(await refused.start()).toEqual({ kind: 'refused', error: gone });
    const lost = fakeNetwork([': ping\n\n']);
    expect(await lost.start()).toEqual({ kind: 'lost' });
    expect([refused.asked.length, lost.asked.length]).toEqual([1, 1]);
  });

  it('ends when it is aborted, also while it waits', async () => {
    const reading = fakeNetwork([`${say(1, 'a')}…`]);
    const first = reading.start();
    await reading.settle();
    reading.abort.abort();
    expect(await first).toEqual({ kind: 'aborted' });
    const waiting = fakeNetwork([say(1, 'a')]);
    const second = waiting.start();
    await waiting.settle();
    waiting.abort.abort();
    expect(await second).toEqual({ kind: 'aborted' });
    expect(waiting.timers).toEqual([]);
  });
});
