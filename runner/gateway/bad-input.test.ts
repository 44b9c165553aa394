/** Bodies and names that no client should send: each is refused in OpenAI's words, or passes as it came; none breaks the gateway. */
import { expect, test } from 'vitest';
import { waitUntil } from '../testing/wait-until.ts';
import { errorShape } from './testing/openai-shapes.ts';
import { rawClient } from './testing/raw-client.ts';
import { answerJson, rawUpstream } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway, TestGatewayOptions } from './testing/test-gateway.ts';

const MESSAGES = [{ role: 'user', content: 'hi' }];
const MB = 1024 ** 2;

async function setUp(options: TestGatewayOptions = {}): Promise<{ app: TestGateway; upstream: RawUpstream }> {
  const upstream = await rawUpstream((res) => answerJson(200, '{"ok":true}')(res));
  return { upstream, app: await testGateway({ endpoints: [endpointAt(upstream.url)], ...options }) };
}

async function errorOf(
  answer: Response,
): Promise<{ status: number; code: string; message: string; param: string | null }> {
  return { status: answer.status, ...errorShape.parse(await answer.json()).error };
}

test.each([
  ['nothing', '', 'invalid_request'],
  ['half a body', '{"model":"m"', 'invalid_json'],
  ['what is not JSON', '<xml/>', 'invalid_json'],
  ['a number that JSON does not know', '{"model":"m","temperature":NaN}', 'invalid_json'],
  ['two bodies', '{"model":"m"}{"model":"m"}', 'invalid_json'],
  ['a byte order mark', '\ufeff{"model":"m"}', 'invalid_json'],
  ['an array', '[{"model":"m"}]', 'invalid_request'],
  ['a string', '"m"', 'invalid_request'],
  ['null', 'null', 'invalid_request'],
  ['a model that is a number', '{"model":1}', 'invalid_request'],
  ['a model that is a list', '{"model":["m"]}', 'invalid_request'],
  ['a model that is an object', '{"model":{"__proto__":"m"}}', 'invalid_request'],
  ['a model without a letter', '{"model":""}', 'invalid_request'],
])('%s is a 400 that a retry cannot help', async (what, body, code) => {
  const { app, upstream } = await setUp();
  const answer = await app.post('/chat/completions', body);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  const param = what.startsWith('a model') ? 'model' : null;
  expect(await errorOf(answer)).toMatchObject({ status: 400, code, param });
  expect(upstream.requests).toEqual([]);
  expect(app.faults).toEqual([]);
  expect(await app.record()).toMatchObject({ status: 400, errorCode: code });
});

test('an unknown model: the nearest names are told, at most three, best first', async () => {
  const { app, upstream } = await setUp();
  const models = ['qwen3-4b-q4_k_m.gguf', 'qwen3-8b', 'llama-3.2', 'phi', 'qwen3-4c'];
  app.endpoints[0] = endpointAt(upstream.url, {
    model: null,
    models,
    name: 'unlike anything',
    id: 'zzzzzzzzzzzz',
  });
  const { message } = await errorOf(await app.post('/chat/completions', { model: 'qwen3-4d' }));
  expect(message).toMatch(/Did you mean "qwen3-4c" or "qwen3-8b"/);
  expect((await errorOf(await app.post('/chat/completions', { model: 'gpt-4o' }))).message).toContain(
    'GET /v1/models',
  );
  for (const model of [
    '__proto__',
    'constructor',
    'toString',
    '*',
    '../m',
    'm\u0000',
    '\ud800',
    'm\r\nx-injected: 1',
  ]) {
    const answer = await app.post('/chat/completions', { model });
    expect([answer.status, answer.headers.get('x-injected')], model).toEqual([404, null]);
  }
  expect(app.faults).toEqual([]);
});

test('a name that is as long as a body is refused, and neither told back nor kept', async () => {
  const { app, upstream } = await setUp();
  const answer = await app.post('/chat/completions', { model: 'm'.repeat(MB) });
  const text = await answer.text();
  expect(answer.status).toBe(400);
  expect(text.length).toBeLessThan(1_000);
  expect(errorShape.parse(JSON.parse(text)).error.param).toBe('model');
  expect((await app.record()).model).toBeNull();
  expect(upstream.requests).toEqual([]);
});

test('a model that is named twice is refused: gateway and server might each read another one', async () => {
  const { app, upstream } = await setUp();
  for (const body of [
    '{"model":"secret","model":"m"}',
    '{"\\u006dodel":"secret","a":{"model":1},"model":"m"}',
    '{"model":null,"model":"m"}',
  ]) {
    expect(await errorOf(await app.post('/chat/completions', body))).toMatchObject({
      status: 400,
      code: 'invalid_request',
      param: 'model',
    });
  }
  expect(upstream.requests).toEqual([]);
  expect(
    (
      await app.post(
        '/chat/completions',
        '{"a":[{"model":"x"},{"model":"y"}],"model":"m","b":"\\"model\\":"}',
      )
    ).status,
  ).toBe(200);
});

test('a body that is nested ten thousand deep passes, also where affinity looks into it', async () => {
  const { app, upstream } = await setUp();
  app.endpoints.push(endpointAt(upstream.url, { id: 'b' }));
  const body = `{"model":"m","messages":[{"role":"user","content":${'['.repeat(10_000)}${']'.repeat(10_000)}}]}`;
  expect((await app.post('/chat/completions', body)).status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(body);
  expect(app.faults).toEqual([]);
});

test.each([
  ['escapes in the name', '{"model":"\\u006d","messages":[]}'],
  ['escapes in the key', '{"\\u006dodel":"m"}'],
  [
    'names that mean something to JavaScript',
    '{"__proto__":{"model":"x","stream":true},"constructor":1,"model":"m","toString":null}',
  ],
  [
    'numbers that JavaScript cannot hold',
    '{"model":"m","seed":123456789012345678901234567890,"temperature":1e400,"top_p":0.10000000000000000001}',
  ],
  [
    'lone surrogates and control characters',
    '{"model":"m","messages":[{"role":"user","content":"\\ud800 \\u0000 \\u2028"}]}',
  ],
  [
    'letters of all scripts',
    '{"model":"m","messages":[{"role":"user","content":"žluťoučký 🐎 \u2028 日本"}]}',
  ],
  ['spaces', ' \t\r\n{ "model" :\n"m" } \n'],
])('%s arrive as they were sent', async (_, body) => {
  const { app, upstream } = await setUp();
  expect((await app.post('/chat/completions', body)).status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(body);
});

test('an alias in a body with escapes is replaced where it stands, and nowhere else', async () => {
  const routes = [
    { model: 'alias', targets: [{ endpointId: 'a', model: 'm', weight: 1, priority: 0 }], fallback: [] },
  ];
  const { app, upstream } = await setUp({ routes });
  const body = (name: string): string =>
    `{"x":{"model":"alias"},"\\u006dodel":${name},"y":"\\\\\\"model\\":\\"alias\\"","n":1.0}`;
  expect((await app.post('/chat/completions', body('"\\u0061lias"'))).status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(body('"m"'));
});

test('20 MB pass byte for byte; one byte more is a 413', async () => {
  const { app, upstream } = await setUp();
  const start = '{"model":"m","messages":[{"role":"user","content":"';
  const body = (size: number): string => `${start}${'\u00e9'.repeat((size - start.length - 4) / 2)}"}]}`;
  const most = body(20 * MB - (start.length % 2));
  const just = most.padEnd(most.length + 20 * MB - Buffer.byteLength(most));
  expect(Buffer.byteLength(just)).toBe(20 * MB);
  expect((await app.post('/chat/completions', just)).status).toBe(200);
  expect(upstream.requests[0]?.body.equals(Buffer.from(just))).toBe(true);
  expect(await errorOf(await app.post('/chat/completions', `${just} `))).toMatchObject({
    status: 413,
    code: 'request_too_large',
  });
  expect(upstream.requests).toHaveLength(1);
});

test('a body without an end is a 413 while the client still sends; the rest is read off, not kept', async () => {
  const { app } = await setUp();
  const { socket, got } = await rawClient(
    app.url,
    'POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  );
  const part = Buffer.concat([Buffer.from('100000\r\n'), Buffer.alloc(MB, 'x'), Buffer.from('\r\n')]);
  const send = async (count: number): Promise<void> => {
    for (let sent = 0; sent < count && !socket.destroyed; sent += 1) {
      await new Promise<void>((resolve) => socket.write(part, () => resolve()));
    }
  };
  await send(30);
  await waitUntil('the answer', () => got().includes('request_too_large'));
  expect(got()).toMatch(/^HTTP\/1.1 413 /);
  const before = process.memoryUsage().rss;
  await send(300);
  expect(process.memoryUsage().rss - before).toBeLessThan(150 * MB);
  expect(await app.record()).toMatchObject({ status: 413 });
});

test('a compressed body is refused, and a body of another type passes as its client calls it', async () => {
  const { app, upstream } = await setUp();
  expect(
    await errorOf(
      await app.post('/chat/completions', { model: 'm' }, { headers: { 'content-encoding': 'gzip' } }),
    ),
  ).toMatchObject({
    status: 415,
    code: 'unsupported_encoding',
  });
  const answer = await app.post(
    '/chat/completions',
    { model: 'm', messages: MESSAGES },
    { headers: { 'content-type': 'text/plain' } },
  );
  expect([answer.status, upstream.requests[0]?.headers['content-type']]).toEqual([200, 'text/plain']);
});
