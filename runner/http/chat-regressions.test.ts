/** The faults of the systems that the seeds describe, one test each, so that none comes back. (The page's SSE parser has its test in ui/src/api.) */
import { describe, expect, it } from 'vitest';
import { chatStream } from '../testing/chat-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import {
  answerJson,
  chunkOf,
  FINISH,
  openEvents,
  sayAndHang,
  sayWords,
  scriptedUpstream,
} from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { waitUntil } from '../testing/wait-until.ts';

async function chatApp(
  env: Record<string, string> = {},
): Promise<{ app: TestApp; upstream: ScriptedUpstream }> {
  const upstream = await scriptedUpstream();
  return { upstream, app: await createTestApp({ env: { LLM_SERVER_URL: upstream.url, ...env } }) };
}

interface StoredMessage {
  role: string;
  content: string;
  status: string;
  error: { code: string } | null;
}

async function messagesOf(app: TestApp, id: string): Promise<StoredMessage[]> {
  return (await app.get(`/api/sessions/${id}`)).body['messages'] as StoredMessage[];
}

const asKey = (key: string) => ({ headers: { authorization: `Bearer ${key}` } });

describe('what the seeds’ systems got wrong', () => {
  it('a failure never arrives as content, and is never stored as an answer', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = answerJson(500, { error: { message: 'CUDA out of memory' } });
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'hi',
    });
    const frames = await stream.rest();
    expect(frames).toEqual([
      { code: 'UPSTREAM_REFUSED', error: expect.stringContaining('CUDA out of memory') },
    ]);
    const whole = await app.post('/api/llm/chat/session', { session_id: 's', message: 'hi' });
    expect(whole.body).toMatchObject({ ok: false, error: { code: 'UPSTREAM_REFUSED' } });
    expect(whole.body).not.toHaveProperty('response');
    const answers = (await messagesOf(app, 's')).filter(({ role }) => role === 'assistant');
    expect(answers.map(({ content, status }) => ({ content, status }))).toEqual([
      { content: '', status: 'failed' },
      { content: '', status: 'failed' },
    ]);
  });

  it('sessions are not shared between users: the same id is another session, and a foreign one is a 404', async () => {
    const { app, upstream } = await chatApp({ API_KEYS: 'key-of-anna,key-of-boris' });
    const say = (key: string, message: string) =>
      chatStream(
        `${app.url}/api/llm/chat/session/stream`,
        { session_id: 'shared', message },
        asKey(key),
      ).then((stream) => stream.rest());
    await say('key-of-anna', 'a secret');
    const history = (init: object) => fetch(`${app.url}/api/llm/chat/session/shared/history`, init);
    expect((await history(asKey('key-of-boris'))).status).toBe(404);
    expect((await history({})).status).toBe(404);
    expect(
      (await fetch(`${app.url}/api/llm/chat/session/shared`, { method: 'DELETE', ...asKey('key-of-boris') }))
        .status,
    ).toBe(404);
    await say('key-of-boris', 'hello');
    expect(upstream.requests.at(-1)?.body['messages']).toEqual([{ role: 'user', content: 'hello' }]);
    expect(await (await history(asKey('key-of-anna'))).text()).toContain('a secret');
    expect((await history(asKey('key-of-nobody'))).status).toBe(401);
    expect((await app.get('/api/sessions')).body['sessions']).toEqual([]);
  });

  it('a stream of somebody else cannot be read, resumed or stopped', async () => {
    const { app, upstream } = await chatApp({ API_KEYS: 'key-of-anna,key-of-boris' });
    upstream.script = sayAndHang('a secret');
    const stream = await chatStream(
      `${app.url}/api/llm/chat/stream`,
      { messages: [{ role: 'user', content: 'x' }] },
      asKey('key-of-anna'),
    );
    await stream.next();
    const id = stream.headers.get('x-stream-id') ?? '';
    const calls = [
      fetch(`${app.url}/api/llm/chat/streams/${id}`, asKey('key-of-boris')),
      fetch(`${app.url}/api/llm/chat/streams/${id}/stop`, { method: 'POST', ...asKey('key-of-boris') }),
      fetch(`${app.url}/api/llm/chat/streams/${id}`),
    ];
    expect((await Promise.all(calls)).map(({ status }) => status)).toEqual([404, 404, 404]);
  });

  it('a client that leaves is no dangling turn: what had arrived is kept as cut, and the next turn is clean', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = sayAndHang('half');
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'one',
    });
    await stream.next();
    stream.leave();
    await waitUntil('the turn to be ended', async () => (await messagesOf(app, 's'))[1]?.status === 'cut');
    expect(await messagesOf(app, 's')).toMatchObject([
      { content: 'one' },
      { content: 'half', error: { code: 'CLIENT_GONE' } },
    ]);
    upstream.script = sayAndHang();
    const silent = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'two',
    });
    await waitUntil('the server to be asked', () => upstream.requests.length === 2);
    silent.leave();
    await waitUntil('the turn to be ended', async () => (await messagesOf(app, 's'))[3]?.status === 'cut');
    upstream.script = sayWords('three');
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'three' });
    const sent = upstream.requests.at(-1)?.body['messages'] as { content: string }[];
    expect(sent.map(({ content }) => content)).toEqual(['one', 'half', 'three']);
  });

  it.each(['/api/llm/chat/stream', '/api/llm/chat'])(
    'a client that leaves %s stops the server before the first token, too',
    async (path) => {
      const { app, upstream } = await chatApp();
      // Not even headers: as a server that is reading a long prompt.
      upstream.script = () => {};
      const connection = new AbortController();
      const body = JSON.stringify({ messages: [{ role: 'user', content: 'long' }] });
      const headers = { 'content-type': 'application/json' };
      const asking = fetch(app.url + path, {
        method: 'POST',
        headers,
        body,
        signal: connection.signal,
      }).catch(() => null);
      const asked = await waitUntil('the server to be asked', () => upstream.requests[0]);
      connection.abort();
      await asking;
      await waitUntil('the server to be left', () => asked.gone.aborted);
    },
  );

  it('two messages of one session never interleave: the second is refused, and the first goes on', async () => {
    const { app, upstream } = await chatApp();
    const goOn = Promise.withResolvers<undefined>();
    upstream.script = async (res) => {
      openEvents(res);
      res.write(chunkOf({ content: 'first' }));
      await goOn.promise;
      res.end(chunkOf({ content: ' done' }) + FINISH);
    };
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'one',
    });
    await stream.next();
    const second = await app.post('/api/llm/chat/session/stream', {
      session_id: 's',
      message: 'two',
      system_prompt: 'changed',
    });
    expect({ status: second.status, code: second.error.code }).toEqual({ status: 409, code: 'SESSION_BUSY' });
    goOn.resolve(undefined);
    expect((await stream.rest()).at(-1)).toMatchObject({ done: true });
    expect(await messagesOf(app, 's')).toMatchObject([
      { content: 'one' },
      { content: 'first done', status: 'complete' },
    ]);
    expect((await app.get('/api/sessions/s')).body['session']).toMatchObject({
      prompt: { system: '' },
      isAnswering: false,
    });
  });

  it('of many messages at once to one session exactly one is answered at a time, and the history alternates', async () => {
    const { app } = await chatApp();
    const posts = Array.from({ length: 12 }, (_, n) =>
      app.post('/api/llm/chat/session', { session_id: 's', message: `m${n}` }),
    );
    const statuses = (await Promise.all(posts)).map(({ status }) => status);
    const answered = statuses.filter((status) => status === 200).length;
    expect(answered).toBeGreaterThan(0);
    expect(statuses.every((status) => status === 200 || status === 409)).toBe(true);
    const roles = (await messagesOf(app, 's')).map(({ role }) => role);
    expect(roles).toEqual(Array.from({ length: answered }, () => ['user', 'assistant']).flat());
  });

  it('a deleted session takes its answer along', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = sayAndHang('half');
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'one',
    });
    await stream.next();
    expect((await app.delete('/api/sessions/s')).body).toEqual({ ok: true });
    await stream.rest();
    await waitUntil('the server to be left', () => upstream.requests[0]?.gone.aborted);
    expect((await app.get('/api/sessions/s')).error.code).toBe('SESSION_NOT_FOUND');
  });

  it('a runner that is stopped ends its streams with an error, and keeps what had arrived', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = sayAndHang('half');
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'one',
    });
    await stream.next();
    await app.runner.stop({ keepProcesses: false });
    expect(await stream.rest()).toEqual([{ code: 'SHUTTING_DOWN', error: expect.any(String) }]);
    const next = await createTestApp({ dataDir: app.dataDir, env: { LLM_SERVER_URL: upstream.url } });
    expect(await messagesOf(next, 's')).toMatchObject([
      { content: 'one' },
      { content: 'half', status: 'cut' },
    ]);
  });
});
