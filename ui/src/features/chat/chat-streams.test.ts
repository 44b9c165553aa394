/** The owner of the answers being written, against a fake runner. */
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../../api/request.ts';
import { ChatStreams } from './chat-streams.ts';

const frame = (number: number, body: object): string => `id: st:${number}\ndata: ${JSON.stringify(body)}\n\n`;
const DONE = frame(9, {
  done: true,
  stream_id: 'st',
  model: null,
  endpoint_id: 'e',
  finish_reason: 'stop',
  usage: null,
});
const REQUEST = { message: 'Hi', images: [], replaceFrom: null };

function fakeRunner() {
  const calls: { path: string; body: unknown; lastEventId: string | null }[] = [];
  const refreshed: string[] = [];
  const writers: ReadableStreamDefaultController<Uint8Array>[] = [];
  const refusal: { response: Response | null } = { response: null };
  const api = new ApiClient({
    baseUrl: 'http://host/',
    tokens: { get: () => null, refuse: () => undefined },
    fetch: async (input, init) => {
      const path = input instanceof URL ? input.pathname : '';
      const body: unknown = typeof init?.body === 'string' ? JSON.parse(init.body) : null;
      calls.push({ path, body, lastEventId: new Headers(init?.headers).get('last-event-id') });
      if (path.endsWith('/stop')) return Response.json({ ok: true });
      if (refusal.response !== null) return refusal.response;
      const start = (controller: ReadableStreamDefaultController<Uint8Array>): void => {
        writers.push(controller);
        init?.signal?.addEventListener('abort', () => controller.error(new Error('aborted')));
      };
      return new Response(new ReadableStream<Uint8Array>({ start }));
    },
  });
  const streams = new ChatStreams({
    api,
    schedule: (action) => action(),
    after: () => () => undefined,
    refresh: async (id) => void refreshed.push(id),
  });
  const settle = async (): Promise<void> => new Promise((resolve) => void setTimeout(resolve, 5));
  const write = async (text: string): Promise<void> => {
    writers.at(-1)?.enqueue(new TextEncoder().encode(text));
    await settle();
  };
  return { streams, calls, refreshed, refusal, settle, write };
}

describe('the answers being written', () => {
  it('sends a message whose answer continues without a viewer, and keeps the messages before it in view', async () => {
    const { streams, calls, settle } = fakeRunner();
    streams.send('s', { message: 'Hi', images: [], replaceFrom: 'q2' }, ['q1', 'a1', 'q2', 'a2']);
    await settle();
    expect(calls[0]).toMatchObject({
      path: '/api/llm/chat/session/stream',
      body: {
        session_id: 's',
        message: 'Hi',
        replace_from: 'q2',
        progress: true,
        reasoning: true,
        on_disconnect: 'continue',
      },
    });
    const turn = streams.turn('s');
    expect([[...(turn?.before ?? [])], [...(turn?.known ?? [])]]).toEqual([
      ['q1', 'a1'],
      ['q1', 'a1', 'q2', 'a2'],
    ]);
    expect(streams.isAnswering('s')).toBe(true);
  });

  it('reloads the session at the end, and keeps the turn until it is dropped', async () => {
    const { streams, refreshed, settle, write } = fakeRunner();
    streams.send('s', REQUEST, []);
    await settle();
    await write(frame(1, { content: 'Hello' }) + DONE);
    expect([refreshed, streams.turn('s')?.answer.content, streams.isAnswering('s')]).toEqual([
      ['s'],
      'Hello',
      false,
    ]);
    streams.drop('s');
    expect(streams.turn('s')).toBeNull();
  });

  it('stops an answer as soon as its stream is known', async () => {
    const { streams, calls, settle, write } = fakeRunner();
    streams.send('s', REQUEST, []);
    await settle();
    streams.stop('s');
    streams.stop('s');
    await settle();
    expect(calls.length).toBe(1);
    await write(frame(1, { content: 'H' }));
    expect(calls.slice(1).map(({ path }) => path)).toEqual(['/api/llm/chat/streams/st/stop']);
    expect(streams.turn('s')?.isStopping).toBe(true);
  });

  it('keeps a refused message with the reason', async () => {
    const { streams, refusal, settle } = fakeRunner();
    refusal.response = Response.json(
      { ok: false, error: { code: 'ENDPOINT_OFFLINE', message: 'It is away.' } },
      { status: 503 },
    );
    streams.send('s', REQUEST, []);
    await settle();
    expect(streams.turn('s')).toMatchObject({
      request: REQUEST,
      answer: { end: { kind: 'failed', message: 'It is away.' } },
    });
  });

  it('follows a stream found running, once, and not again when the runner does not know it', async () => {
    const { streams, calls, refusal, refreshed, settle } = fakeRunner();
    refusal.response = Response.json(
      { ok: false, error: { code: 'STREAM_NOT_FOUND', message: 'No.' } },
      { status: 404 },
    );
    streams.follow('s', 'st', ['q1']);
    streams.follow('s', 'st', ['q1']);
    await settle();
    expect([calls.map(({ path }) => path), refreshed, streams.turn('s')]).toEqual([
      ['/api/llm/chat/streams/st'],
      ['s'],
      null,
    ]);
    streams.follow('s', 'st', ['q1']);
    expect(streams.turn('s')).toBeNull();
  });

  it('has one turn per session: a new one ends the old', async () => {
    const { streams, settle, write } = fakeRunner();
    streams.send('s', REQUEST, []);
    await settle();
    await write(frame(1, { content: 'old' }));
    streams.send('s', REQUEST, []);
    await settle();
    await write(frame(1, { content: 'new' }));
    expect(streams.turn('s')?.answer.content).toBe('new');
  });
});
