/** Bad input and bad servers: a clear error each time, and a history that stays consistent. */
import type { ServerResponse } from 'node:http';
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
import type { ChatScript, ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { unusedPort } from '../testing/unused-port.ts';
import { waitUntil } from '../testing/wait-until.ts';

const IMAGE = 'data:image/png;base64,iVBORw0KGgo=';

async function chatApp(
  env: Record<string, string> = {},
): Promise<{ app: TestApp; upstream: ScriptedUpstream }> {
  const upstream = await scriptedUpstream();
  return { upstream, app: await createTestApp({ env: { LLM_SERVER_URL: upstream.url, ...env } }) };
}

async function messagesOf(app: TestApp, id = 's'): Promise<Record<string, unknown>[]> {
  return (await app.get(`/api/sessions/${id}`)).body['messages'] as Record<string, unknown>[];
}

/** Bytes as they come off a bad line: one at a time. */
async function drip(res: ServerResponse, text: string): Promise<void> {
  for (const byte of Buffer.from(text)) {
    res.write(Buffer.from([byte]));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const reset: ChatScript = (res) => {
  openEvents(res);
  res.write(chunkOf({ content: 'half an ' }));
  setTimeout(() => res.socket?.resetAndDestroy(), 50);
};
const endWithoutEnd: ChatScript = (res) => {
  openEvents(res);
  res.end(chunkOf({ content: 'half an ' }));
};
const errorInTheMiddle: ChatScript = (res) => {
  openEvents(res);
  res.write(chunkOf({ content: 'half an ' }));
  res.end(`data: {"error":{"message":"out of memory","code":500}}\n\n`);
};
const garbage: ChatScript = (res) => {
  openEvents(res);
  res.end('data: {"choices": [ {"del\n\n');
};
const page: ChatScript = (res) => {
  res.writeHead(200, { 'content-type': 'text/html' });
  res.end('<!doctype html><title>router</title>');
};
const overContext = answerJson(400, {
  error: {
    code: 400,
    message: 'request (9000 tokens) exceeds the available context size',
    type: 'exceed_context_size_error',
    n_prompt_tokens: 9000,
    n_ctx: 2048,
  },
});

describe('a server that', () => {
  it.each([
    {
      how: 'answers with a web page',
      script: page,
      code: 'UPSTREAM_BAD_ANSWER',
      status: 502,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'sends garbage',
      script: garbage,
      code: 'UPSTREAM_BAD_ANSWER',
      status: 502,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'refuses',
      script: answerJson(500, { error: { message: 'no slot' } }),
      code: 'UPSTREAM_REFUSED',
      status: 502,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'refuses the key',
      script: answerJson(401, { error: { message: 'Invalid API Key' } }),
      code: 'UPSTREAM_UNAUTHORIZED',
      status: 502,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'is loading',
      script: answerJson(503, { error: { message: 'Loading model' } }),
      code: 'ENDPOINT_LOADING',
      status: 503,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'finds the message too long',
      script: overContext,
      code: 'CONTEXT_EXCEEDED',
      status: 422,
      messageStatus: 'failed',
      content: '',
    },
    {
      how: 'resets in mid-stream',
      script: reset,
      code: 'UPSTREAM_CUT',
      status: 502,
      messageStatus: 'cut',
      content: 'half an ',
    },
    {
      how: 'ends without an end',
      script: endWithoutEnd,
      code: 'UPSTREAM_CUT',
      status: 502,
      messageStatus: 'cut',
      content: 'half an ',
    },
    {
      how: 'breaks off with an error',
      script: errorInTheMiddle,
      code: 'UPSTREAM_REFUSED',
      status: 502,
      messageStatus: 'cut',
      content: 'half an ',
    },
  ])('$how', async ({ script, code, status, messageStatus, content }) => {
    const { app, upstream } = await chatApp();
    upstream.script = script;
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'hi',
    });
    const frames = await stream.rest();
    expect(frames.at(-1)).toMatchObject({ code, error: expect.any(String) });
    expect(frames.filter((frame) => 'done' in frame)).toEqual([]);
    expect(JSON.stringify(frames)).not.toMatch(/node:internal|\.ts:\d/);
    expect(await messagesOf(app)).toMatchObject([
      { role: 'user', content: 'hi' },
      { role: 'assistant', status: messageStatus, content, error: { code } },
    ]);
    const whole = await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] });
    expect({ status: whole.status, code: whole.error.code, ok: whole.body['ok'] }).toEqual({
      status,
      code,
      ok: false,
    });

    upstream.script = sayWords('fine');
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'again' });
    const sent = upstream.requests.at(-1)?.body['messages'] as { role: string; content: string }[];
    const kept = content === '' ? [] : ['hi', content];
    expect(sent.map((message) => message.content)).toEqual([...kept, 'again']);
  });

  it('sends every byte by itself is understood all the same', async () => {
    const { app, upstream } = await chatApp();
    upstream.script = async (res) => {
      openEvents(res);
      await drip(
        res,
        chunkOf({ content: 'žlica ' }) +
          ': ping\n\n' +
          chunkOf({ content: '🙂' }).replaceAll('\n', '\r\n') +
          FINISH,
      );
      res.end();
    };
    const { body } = await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] });
    expect(body).toMatchObject({ ok: true, response: 'žlica 🙂', usage: { completion_tokens: 2 } });
  });

  it('never answers, or falls silent, is given up after LLM_TIMEOUT', async () => {
    const { app, upstream } = await chatApp({ LLM_TIMEOUT: '0.4' });
    upstream.script = () => {};
    const never = await chatStream(`${app.url}/api/llm/chat/stream`, {
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(await never.rest()).toEqual([
      { code: 'UPSTREAM_TIMEOUT', error: expect.stringContaining('0.4 s') },
    ]);
    upstream.script = sayAndHang('a');
    const silent = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      session_id: 's',
      message: 'hi',
    });
    expect(await silent.rest()).toEqual([
      { content: 'a' },
      { code: 'UPSTREAM_TIMEOUT', error: expect.any(String) },
    ]);
    expect(await messagesOf(app)).toMatchObject([
      {},
      { status: 'cut', content: 'a', error: { code: 'UPSTREAM_TIMEOUT' } },
    ]);
    await waitUntil('both requests to be closed', () => upstream.requests.every(({ gone }) => gone.aborted));
  });

  it('is not there', async () => {
    const { app, upstream } = await chatApp();
    const port = await unusedPort();
    const added = await app.post('/api/endpoints', { name: 'gone', baseUrl: `http://127.0.0.1:${port}/v1/` });
    const { id, baseUrl, status } = added.body['endpoint'] as { id: string; baseUrl: string; status: string };
    expect({ baseUrl, status }).toEqual({ baseUrl: `http://127.0.0.1:${port}`, status: 'offline' });
    const { status: code, error } = await app.post('/api/llm/chat/session', {
      session_id: 's',
      message: 'hi',
      endpoint_id: id,
    });
    expect({ code, error: error.code }).toEqual({ code: 503, error: 'ENDPOINT_OFFLINE' });
    expect(upstream.requests).toEqual([]);
    expect(await messagesOf(app)).toMatchObject([
      { role: 'user' },
      { status: 'failed', error: { code: 'ENDPOINT_OFFLINE' } },
    ]);
  });
});

describe('bad input', () => {
  it.each([
    {
      what: 'an unknown endpoint',
      body: { message: 'x', endpoint_id: 'nobody' },
      status: 404,
      code: 'ENDPOINT_NOT_FOUND',
    },
    {
      what: 'an unknown preset',
      body: { message: 'x', preset_id: 'nothing' },
      status: 404,
      code: 'PRESET_NOT_FOUND',
    },
    {
      what: 'an unknown message to replace',
      body: { message: 'x', replace_from: 'no-such' },
      status: 404,
      code: 'MESSAGE_NOT_FOUND',
    },
    { what: 'no message', body: {}, status: 400, code: 'INVALID_REQUEST' },
    {
      what: 'a session id that is no id',
      body: { message: 'x', session_id: '../x' },
      status: 400,
      code: 'INVALID_REQUEST',
    },
    {
      what: 'a temperature that is none',
      body: { message: 'x', temperature: 'hot' },
      status: 400,
      code: 'INVALID_REQUEST',
    },
    {
      what: 'an image that is a link',
      body: { message: 'x', images: ['http://example.com/a.png'] },
      status: 400,
      code: 'INVALID_REQUEST',
    },
  ])('$what is refused before anything is stored', async ({ body, status, code }) => {
    const { app, upstream } = await chatApp();
    const answer = await app.post('/api/llm/chat/session/stream', { session_id: 's', ...body });
    expect({ status: answer.status, code: answer.error.code }).toEqual({ status, code });
    expect(upstream.requests).toEqual([]);
    expect((await app.get('/api/sessions')).body['sessions']).toEqual([]);
  });

  it('an image for a text model is refused; where nobody knows, the server decides', async () => {
    const { app, upstream } = await chatApp();
    upstream.answers['/health'] = () => ({ status: 'ok' });
    upstream.answers['/props'] = () => ({ total_slots: 4, modalities: { vision: false } });
    upstream.script = answerJson(500, { error: { message: 'image input is not supported - hint: mmproj' } });
    const asked = await app.post('/api/llm/chat/session', {
      session_id: 's',
      message: 'what is it?',
      images: [IMAGE],
    });
    expect({ status: asked.status, code: asked.error.code }).toEqual({
      status: 422,
      code: 'IMAGE_NOT_SUPPORTED',
    });
    await app.post(`/api/endpoints/~environment/ping`);
    const before = upstream.requests.length;
    const refused = await app.post('/api/llm/chat/session', {
      session_id: 't',
      message: 'what is it?',
      images: [IMAGE],
    });
    expect(refused.error).toMatchObject({
      code: 'IMAGE_NOT_SUPPORTED',
      message: expect.stringContaining('vision model'),
    });
    expect(upstream.requests).toHaveLength(before);
  });

  it('reaches a vision model as the OpenAI API has it', async () => {
    const { app, upstream } = await chatApp();
    await app.post('/api/llm/chat/session', { session_id: 's', message: 'what is it?', images: [IMAGE] });
    expect(upstream.requests[0]?.body['messages']).toEqual([
      {
        role: 'user',
        content: [
          { type: 'text', text: 'what is it?' },
          { type: 'image_url', image_url: { url: IMAGE } },
        ],
      },
    ]);
  });

  it('a body over 32 MB is refused with its limit', async () => {
    const { app } = await chatApp();
    const { status, error } = await app.post('/api/llm/chat', {
      messages: [{ role: 'user', content: 'x'.repeat(33 * 1024 ** 2) }],
    });
    expect({ status, message: error.message }).toEqual({
      status: 413,
      message: 'The body is over 32 MB. Send less.',
    });
  });
});
