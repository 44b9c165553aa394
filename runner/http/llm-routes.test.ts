import { describe, expect, it } from 'vitest';
import { chatStream, contentOf } from '../testing/chat-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import {
  chunkOf,
  FINISH,
  openEvents,
  sayAndHang,
  sayWords,
  scriptedUpstream,
} from '../testing/scripted-upstream.ts';
import type { ChatScript, ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { waitUntil } from '../testing/wait-until.ts';

const HELLO = { messages: [{ role: 'user', content: 'hello' }] };

async function chatApp(
  options: { script?: ChatScript; env?: Record<string, string> } = {},
): Promise<{ app: TestApp; upstream: ScriptedUpstream }> {
  const upstream = await scriptedUpstream(options.script);
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, ...options.env } });
  return { app, upstream };
}

describe('a stateless answer', () => {
  it('comes as a whole, with usage and timings', async () => {
    const { app, upstream } = await chatApp();
    const { status, body } = await app.post('/api/llm/chat', { ...HELLO, temperature: 0.1 });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      ok: true,
      response: 'hello there',
      finish_reason: 'stop',
      model: 'scripted',
      endpoint_id: expect.any(String),
      usage: {
        prompt_tokens: 5,
        completion_tokens: 2,
        total_tokens: 7,
      },
      timings: { predicted_per_second: 40 },
    });
    expect(upstream.requests[0]?.body).toMatchObject({
      messages: HELLO.messages,
      temperature: 0.1,
      stream: true,
    });
  });

  it('streams as frames with ids, and ends with exactly one done', async () => {
    const { app } = await chatApp();
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, HELLO);
    expect(stream.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(stream.headers.get('x-accel-buffering')).toBe('no');
    const id = stream.headers.get('x-stream-id');
    expect(await stream.rest()).toEqual([
      { content: 'hello' },
      { content: ' there' },
      expect.objectContaining({
        done: true,
        finish_reason: 'stop',
        usage: expect.any(Object),
        timings: expect.any(Object),
      }),
    ]);
    expect(stream.ids).toEqual([`${id}:1`, `${id}:2`, `${id}:3`]);
  });

  it('takes the LLM_ settings, which a preset beats, which the request beats', async () => {
    const env = { LLM_TEMPERATURE: '0.3', LLM_TOP_P: '0.8', LLM_MAX_TOKENS: '77' };
    const { app, upstream } = await chatApp({ env });
    await app.post('/api/llm/chat', HELLO);
    expect(upstream.requests[0]?.body).toMatchObject({ temperature: 0.3, top_p: 0.8, max_tokens: 77 });
    const preset = await app.post('/api/presets', {
      name: 'P',
      system: 'Be brief.',
      sampler: { temperature: 0.9, top_k: 5, max_tokens: 11 },
    });
    const { id } = preset.body['preset'] as { id: string };
    await app.post('/api/llm/chat', { ...HELLO, preset_id: id, max_tokens: -1, top_p: null });
    const sent = upstream.requests[1]?.body;
    expect(sent).toMatchObject({
      temperature: 0.9,
      top_p: 0.8,
      top_k: 5,
      messages: [{ role: 'system', content: 'Be brief.' }, ...HELLO.messages],
    });
    expect(sent).not.toHaveProperty('max_tokens');
  });

  it('streams tool calls as they come, and hands them out whole', async () => {
    const script: ChatScript = (res) => {
      openEvents(res);
      res.write(
        chunkOf({
          tool_calls: [
            { index: 0, id: 'c1', type: 'function', function: { name: 'get', arguments: '{"a"' } },
          ],
        }),
      );
      res.write(chunkOf({ tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }));
      res.end(FINISH);
    };
    const { app, upstream } = await chatApp({ script });
    const tools = [{ type: 'function', function: { name: 'get' } }];
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, {
      ...HELLO,
      tools,
      tool_choice: 'auto',
    });
    expect((await stream.rest()).filter((frame) => 'tool_calls' in frame)).toEqual([
      {
        tool_calls: [{ index: 0, id: 'c1', type: 'function', function: { name: 'get', arguments: '{"a"' } }],
      },
      { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] },
    ]);
    expect(upstream.requests[0]?.body).toMatchObject({ tools, tool_choice: 'auto' });
    const { body } = await app.post('/api/llm/chat', { ...HELLO, tools });
    expect(body['tool_calls']).toEqual([
      { id: 'c1', type: 'function', function: { name: 'get', arguments: '{"a":1}' } },
    ]);
  });

  it.each([
    { how: 'LLM_SKIP_THINKING is on', env: {}, ask: {}, expected: [] },
    { how: 'the request asks for it', env: {}, ask: { reasoning: true }, expected: ['hm', ' ah'] },
    {
      how: 'LLM_SKIP_THINKING is off',
      env: { LLM_SKIP_THINKING: 'False' },
      ask: {},
      expected: ['hm', ' ah'],
    },
  ])('has reasoning frames $expected when $how', async ({ env, ask, expected }) => {
    const script: ChatScript = (res) => {
      openEvents(res);
      res.write(chunkOf({ reasoning_content: 'hm' }));
      res.write(chunkOf({ content: '<think> ah</think>' }));
      res.write(chunkOf({ content: 'yes' }));
      res.end(FINISH);
    };
    const { app } = await chatApp({ script, env });
    const frames = await (await chatStream(`${app.url}/api/llm/chat/stream`, { ...HELLO, ...ask })).rest();
    expect(contentOf(frames)).toBe('yes');
    expect(
      frames.flatMap((frame) => (typeof frame['reasoning'] === 'string' ? [frame['reasoning'].trim()] : [])),
    ).toEqual(expected.map((text) => text.trim()));
  });
});

describe('a session', () => {
  it('is made by its first message, remembers, and takes its prompts', async () => {
    const { app, upstream } = await chatApp();
    const first = await app.post('/api/llm/chat/session', {
      session_id: 'my-session-123',
      message: 'one',
      system_prompt: 'You are kind.',
    });
    expect(first.body).toMatchObject({ ok: true, response: 'hello there', session_id: 'my-session-123' });
    await app.post('/api/llm/chat/session', { session_id: 'my-session-123', message: 'two' });
    expect(upstream.requests[1]?.body['messages']).toEqual([
      { role: 'system', content: 'You are kind.' },
      { role: 'user', content: 'one' },
      { role: 'assistant', content: 'hello there' },
      { role: 'user', content: 'two' },
    ]);
    const { body } = await app.get('/api/llm/chat/session/my-session-123/history');
    expect(body['messages']).toMatchObject([
      { role: 'user', content: 'one' },
      {
        role: 'assistant',
        content: 'hello there',
        meta: { completionTokens: 2, tokensPerSecond: 40, finishReason: 'stop', model: 'scripted' },
      },
      { role: 'user', content: 'two' },
      { role: 'assistant', status: 'complete' },
    ]);
    expect((await app.post('/api/llm/chat/session/history', { session_id: 'my-session-123' })).body).toEqual(
      body,
    );
    expect((await app.delete('/api/llm/chat/session/my-session-123')).body).toEqual({ ok: true });
    expect((await app.get('/api/llm/chat/session/my-session-123/history')).error.code).toBe(
      'SESSION_NOT_FOUND',
    );
  });

  it('sends what the template makes of the message, and keeps what was typed', async () => {
    const { app, upstream } = await chatApp();
    const preset = await app.post('/api/presets', {
      name: 'T',
      system: 'S',
      developer: 'D',
      template: 'In {{language}}: {{input}}',
      variables: { language: 'Croatian' },
    });
    const { id } = preset.body['preset'] as { id: string };
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'hi {{language}}', preset_id: id });
    expect(upstream.requests[0]?.body['messages']).toEqual([
      { role: 'system', content: 'S\n\nD' },
      { role: 'user', content: 'In Croatian: hi {{language}}' },
    ]);
    const { body } = await app.get('/api/sessions/s');
    expect(body['messages']).toMatchObject([
      { content: 'hi {{language}}', sent: 'In Croatian: hi {{language}}' },
      { meta: { presetName: 'T' } },
    ]);
  });

  it('says what it left out of a long history, by whole turns, counted by the server', async () => {
    const { app, upstream } = await chatApp({ env: { LLM_MAX_HISTORY_TOKENS: '100' } });
    upstream.answers['/tokenize'] = (body) => ({ tokens: String(body['content']).split(' ') });
    const long = 'word '.repeat(60).trim();
    for (const message of ['old', long, 'short'])
      await app.post('/api/llm/chat/session', { session_id: 's', message });
    const { body } = await app.post('/api/llm/chat/session', { session_id: 's', message: 'now' });
    expect(body['left_out']).toMatchObject({ turns: 1, messages: 2 });
    const sent = upstream.requests.at(-1)?.body['messages'] as { content: string }[];
    expect(sent.map(({ content }) => content)).toEqual([long, 'hello there', 'short', 'hello there', 'now']);
  });

  it('replaces the turns from a message on only when an answer comes', async () => {
    const { app, upstream } = await chatApp();
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'one' });
    const before = (await app.get('/api/sessions/s')).body['messages'] as { id: string; content: string }[];
    const replace_from = before[0]?.id;
    upstream.script = (res) =>
      void res.writeHead(500, { 'content-type': 'application/json' }).end('{"error":{"message":"no"}}');
    const failed = await app.post('/api/llm/chat/session', {
      session_id: 's',
      message: 'better',
      replace_from,
    });
    expect(failed.status).toBe(502);
    expect((await app.get('/api/sessions/s')).body['messages']).toEqual(before);
    upstream.script = sayWords('new');
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'better', replace_from });
    expect((await app.get('/api/sessions/s')).body['messages']).toMatchObject([
      { content: 'better' },
      { content: 'new' },
    ]);
    expect(upstream.requests.at(-1)?.body['messages']).toEqual([{ role: 'user', content: 'better' }]);
  });
});

describe('a stream that was lost', () => {
  it('goes on after Last-Event-ID, by GET and by repeating the request, and nobody is asked twice', async () => {
    const { app, upstream } = await chatApp({ script: sayAndHang('a', 'b') });
    const first = await chatStream(`${app.url}/api/llm/chat/stream`, { ...HELLO, on_disconnect: 'continue' });
    expect([await first.next(), await first.next()]).toEqual([{ content: 'a' }, { content: 'b' }]);
    const id = first.headers.get('x-stream-id') ?? '';
    first.leave();
    const again = await chatStream(`${app.url}/api/llm/chat/streams/${id}`, null, {
      method: 'GET',
      headers: { 'last-event-id': `${id}:1` },
    });
    expect(await again.next()).toEqual({ content: 'b' });
    const repeated = await chatStream(`${app.url}/api/llm/chat/stream`, HELLO, {
      headers: { 'last-event-id': `${id}:2` },
    });
    expect((await app.post(`/api/llm/chat/streams/${id}/stop`)).body).toEqual({ ok: true });
    const end = expect.objectContaining({ done: true, finish_reason: 'stopped' });
    expect(await again.rest()).toEqual([end]);
    expect(await repeated.rest()).toEqual([end]);
    expect(upstream.requests).toHaveLength(1);
  });

  it('is replayed from its record, also by the next runner', async () => {
    const { app, upstream } = await chatApp();
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, HELLO);
    const frames = await stream.rest();
    const id = stream.headers.get('x-stream-id') ?? '';
    await app.runner.stop({ keepProcesses: false });
    const next = await createTestApp({ dataDir: app.dataDir, env: { LLM_SERVER_URL: upstream.url } });
    for (const query of ['', '?realtime=1']) {
      const replay = await chatStream(`${next.url}/api/llm/chat/streams/${id}${query}`, null, {
        method: 'GET',
      });
      expect(await replay.rest()).toEqual(frames);
      expect(replay.ids).toEqual(stream.ids);
    }
    expect((await next.get('/api/llm/chat/streams/unknown')).error.code).toBe('STREAM_NOT_FOUND');
  });
});

describe('progress', () => {
  it('tells the place in the queue, the prompt and the expected end', async () => {
    const { app, upstream } = await chatApp();
    upstream.answers['/health'] = () => ({ status: 'ok' });
    upstream.answers['/props'] = () => ({
      default_generation_settings: { n_ctx: 2048 },
      total_slots: 1,
      modalities: { vision: false },
    });
    const { body } = await app.get('/api/endpoints');
    const [{ id }] = body['endpoints'] as [{ id: string }];
    expect((await app.post(`/api/endpoints/${id}/ping`)).body['endpoint']).toMatchObject({
      slots: 1,
      context: 2048,
      vision: false,
    });
    upstream.script = sayAndHang('busy');
    const busy = await chatStream(`${app.url}/api/llm/chat/stream`, HELLO);
    await busy.next();
    upstream.script = async (res) => {
      openEvents(res);
      res.write(chunkOf({}, { prompt_progress: { total: 10, processed: 5 } }));
      res.write(chunkOf({}, { prompt_progress: { total: 10, processed: 10 } }));
      res.write(chunkOf({ content: 'a' }));
      await new Promise((resolve) => setTimeout(resolve, 350));
      res.write(chunkOf({ content: 'b' }));
      res.end(FINISH);
    };
    const waiting = await chatStream(`${app.url}/api/llm/chat/stream`, {
      ...HELLO,
      progress: true,
      max_tokens: 100,
    });
    expect(await waiting.next()).toEqual({ progress: { phase: 'queued', place: 1 } });
    busy.leave();
    const frames = await waiting.rest();
    const progress = frames.flatMap((frame) => ('progress' in frame ? [frame['progress']] : []));
    expect(progress).toContainEqual({ phase: 'prompt', percent: 100, tokens: 10 });
    expect(progress.at(-1)).toMatchObject({
      phase: 'answer',
      tokens: 2,
      tokens_per_second: expect.any(Number),
      expected_end_ms: expect.any(Number),
    });
    expect(upstream.requests[1]?.body).toMatchObject({ return_progress: true });
  });

  it('is not in a stream that did not ask for it', async () => {
    const { app, upstream } = await chatApp();
    const frames = await (await chatStream(`${app.url}/api/llm/chat/stream`, HELLO)).rest();
    expect(frames.some((frame) => 'progress' in frame)).toBe(false);
    expect(upstream.requests[0]?.body).not.toHaveProperty('return_progress');
  });
});

describe('GET /api/llm/health', () => {
  it('says where requests go and that it answers; 503 when it does not', async () => {
    const { app, upstream } = await chatApp();
    expect((await app.get('/api/llm/health')).body).toMatchObject({
      ok: true,
      mode: 'sse',
      status: 'online',
      server_url: upstream.url,
      model: 'scripted',
    });
    await upstream.close();
    await waitUntil(
      'the failure to be seen',
      async () => (await app.get('/api/llm/health')).error?.code === 'ENDPOINT_OFFLINE',
    );
  });

  it('is 503 NO_ENDPOINT without any server', async () => {
    const app = await createTestApp();
    const { status, error } = await app.get('/api/llm/health');
    expect({ status, code: error.code }).toEqual({ status: 503, code: 'NO_ENDPOINT' });
    expect((await app.post('/api/llm/chat', HELLO)).error).toMatchObject({
      code: 'NO_ENDPOINT',
      message: expect.stringContaining('LLM_SERVER_URL'),
    });
  });
});
