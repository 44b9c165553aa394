/** Attacks that once succeeded. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { chatStream, contentOf } from '../testing/chat-client.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import {
  answerJson,
  openEvents,
  sayAndHang,
  sayWords,
  scriptedUpstream,
} from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { waitUntil } from '../testing/wait-until.ts';

const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';

async function chatApp(
  env: Record<string, string> = {},
): Promise<{ app: TestApp; upstream: ScriptedUpstream }> {
  const upstream = await scriptedUpstream();
  return { upstream, app: await createTestApp({ env: { LLM_SERVER_URL: upstream.url, ...env } }) };
}

function llamaCpp(upstream: ScriptedUpstream, props: object): void {
  upstream.answers['/health'] = () => ({ status: 'ok' });
  upstream.answers['/props'] = () => props;
}

const ping = (app: TestApp) => app.post('/api/endpoints/~environment/ping');

describe('a server', () => {
  it('whose tokenizer hangs holds up neither the answer for long nor a client that leaves', async () => {
    const { app, upstream } = await chatApp({ LLM_MAX_HISTORY_TOKENS: '50' });
    for (let n = 0; n < 4; n += 1)
      await app.post('/api/llm/chat/session', { session_id: 's', message: 'word '.repeat(20) });
    let asked = 0;
    // Nothing comes back: the answer is left open.
    upstream.answers['/tokenize'] = () => {
      asked += 1;
      return new Promise(() => {});
    };
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'now',
    });
    stream.leave();
    await waitUntil('the turn to be ended', async () => {
      const { body } = await app.get('/api/sessions/s');
      return !(body['session'] as { isAnswering: boolean }).isAnswering;
    });
    // Not turn after turn, each to its own end.
    expect(asked).toBeLessThanOrEqual(1);
    const next = await app.post('/api/llm/chat/session', { session_id: 's', message: 'now' });
    expect(next.body).toMatchObject({ ok: true, left_out: { counted: false } });
  });

  it('that says it has no slots is asked all the same', async () => {
    const { app, upstream } = await chatApp();
    llamaCpp(upstream, { total_slots: 0 });
    await ping(app);
    expect(
      (await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] })).body,
    ).toMatchObject({ ok: true });
  });

  it('that repeats the key in its refusal does not give it away', async () => {
    const { app, upstream } = await chatApp({ LLM_API_KEY: 'key-of-upstream' });
    upstream.script = answerJson(400, { error: { message: 'bad key: Bearer key-of-upstream' } });
    const { error } = await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] });
    expect(error.message).toContain('bad key: Bearer ***');
  });

  it('that never ends a line, or an answer, is cut', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = async (res) => {
      openEvents(res);
      const megabyte = 'x'.repeat(1024 ** 2);
      res.write('data: ');
      for (let n = 0; n < 12 && !res.destroyed; n += 1)
        await new Promise<void>((resolve) => void res.write(megabyte, () => resolve()));
    };
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, {
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect((await stream.rest()).at(-1)).toMatchObject({ code: 'UPSTREAM_CUT' });
    upstream.script = sayWords(...Array.from({ length: 10 }, () => 'y'.repeat(1024 ** 2)));
    const endless = await chatStream(`${app.url}/api/llm/chat/stream`, {
      messages: [{ role: 'user', content: 'hi' }],
    });
    const frames = await endless.rest();
    expect(frames.at(-1)).toMatchObject({
      code: 'UPSTREAM_BAD_ANSWER',
      error: expect.stringContaining('8 MB'),
    });
    expect(contentOf(frames).length).toBeLessThan(10 * 1024 ** 2);
  });
});

describe('a session', () => {
  it('with images goes on with a model that reads text only', async () => {
    const { app, upstream } = await chatApp();
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'what is it?', images: [IMAGE] });
    llamaCpp(upstream, { total_slots: 1, modalities: { vision: false } });
    await ping(app);
    const { body } = await app.post('/api/llm/chat/session', { session_id: 's', message: 'and then?' });
    expect(body).toMatchObject({ ok: true });
    expect(upstream.requests.at(-1)?.body['messages']).toEqual([
      { role: 'user', content: '[image] what is it?' },
      { role: 'assistant', content: 'hello there' },
      { role: 'user', content: 'and then?' },
    ]);
  });

  it.each(['.', '..'])('cannot be named "%s"', async (session_id) => {
    const { app } = await chatApp();
    expect((await app.post('/api/llm/chat/session', { session_id, message: 'hi' })).error.code).toBe(
      'INVALID_REQUEST',
    );
  });
});

describe('a request', () => {
  it('has fields that only the server knows passed on, and none that would change how it is asked', async () => {
    const { app, upstream } = await chatApp();
    const extras = {
      response_format: { type: 'json_object' },
      presence_penalty: 0.5,
      stream: false,
      stream_options: {},
    };
    await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }], ...extras });
    expect(upstream.requests[0]?.body).toMatchObject({
      response_format: { type: 'json_object' },
      presence_penalty: 0.5,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(upstream.requests[0]?.body).not.toHaveProperty('on_disconnect');
  });

  it('nested too deeply to be passed on says so, and is not taken for a fault of the server', async () => {
    const { app } = await chatApp();
    const deep = '['.repeat(20_000) + ']'.repeat(20_000);
    const body = `{"messages":[{"role":"user","content":"hi"}],"tools":[${deep}]}`;
    const response = await fetch(`${app.url}/api/llm/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    const { error } = (await response.json()) as { error: { code: string } };
    expect(['INVALID_REQUEST', undefined]).toContain(response.status === 200 ? undefined : error.code);
  });

  it('that claims more frames than there are gets the end', async () => {
    const { app, upstream } = await chatApp();
    const stream = await chatStream(`${app.url}/api/llm/chat/stream`, {
      messages: [{ role: 'user', content: 'hi' }],
    });
    await stream.rest();
    const id = stream.headers.get('x-stream-id') ?? '';
    const again = await chatStream(`${app.url}/api/llm/chat/streams/${id}`, null, {
      method: 'GET',
      headers: { 'last-event-id': `${id}:999999` },
    });
    expect((await again.rest()).filter((frame) => !('done' in frame))).toEqual([]);
    upstream.script = sayAndHang('a');
    const live = await chatStream(`${app.url}/api/llm/chat/stream`, {
      messages: [{ role: 'user', content: 'hi' }],
      on_disconnect: 'continue',
    });
    await live.next();
    const liveId = live.headers.get('x-stream-id') ?? '';
    const ahead = await chatStream(`${app.url}/api/llm/chat/streams/${liveId}`, null, {
      method: 'GET',
      headers: { 'last-event-id': `${liveId}:999999` },
    });
    await app.post(`/api/llm/chat/streams/${liveId}/stop`);
    expect(await ahead.rest()).toMatchObject([{ done: true }]);
  });
});

describe('a runner', () => {
  it('refuses a folder that another works on before it touches anything in it', async () => {
    const app = await createTestApp();
    await expect(createTestApp({ dataDir: app.dataDir })).rejects.toThrow(/Another runner/);
  });

  it.skipIf(process.platform === 'win32')(
    'starts whatever lies among the presets, and says what is wrong with it',
    async () => {
      const dataDir = tempDir();
      const presets = join(dataDir, 'presets');
      mkdirSync(presets);
      symlinkSync('loop.json', join(presets, 'loop.json'));
      execFileSync('mkfifo', [join(presets, 'pipe.json')]);
      writeFileSync(join(presets, 'text.json'), 'not json');
      const app = await createTestApp({ dataDir });
      const { body } = await app.get('/api/system');
      const faults = body['faults'] as { file: string; message: string }[];
      expect(new Set(faults.map(({ file }) => file.split('/').at(-1)))).toEqual(
        new Set(['loop.json', 'pipe.json', 'text.json']),
      );
      expect(faults.find(({ file }) => file.endsWith('text.json'))?.message).toContain('not JSON');
    },
  );
});
