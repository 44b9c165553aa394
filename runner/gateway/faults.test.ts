import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { unusedPort } from '../testing/unused-port.ts';
import { answerJson, chunkOf, openStream, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import type { RawScript } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const reset: RawScript = (res) => void res.socket?.resetAndDestroy();
/** Before it, so that it is asked first. */
const FIRST = { id: 'first' };
const routes = [
  {
    model: 'm',
    fallback: [],
    targets: [
      { endpointId: 'first', model: null, weight: 1, priority: 0 },
      { endpointId: 'second', model: null, weight: 1, priority: 1 },
    ],
  },
];

interface ErrorAnswer {
  status: number;
  code: unknown;
  shouldRetry: string | null;
  retryAfter: string | null;
}

async function errorOf(answer: Response): Promise<ErrorAnswer> {
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  const { status, headers } = answer;
  return {
    status,
    code: error['code'],
    shouldRetry: headers.get('x-should-retry'),
    retryAfter: headers.get('retry-after'),
  };
}

test.each<[string, RawScript]>([
  ['resets before its headers', reset],
  ['answers 502', (res) => answerJson(502, '<html>')(res)],
  ['answers 503', (res) => answerJson(503, { error: { message: 'no slot', code: 503 } })(res)],
  ['answers 504', (res) => answerJson(504, '')(res)],
  ['is loading its model', (res) => answerJson(503, { error: { message: 'Loading model', code: 503 } })(res)],
])('an upstream that %s: another one is asked, each once', async (_, script) => {
  const [first, second] = [await rawUpstream(script), await rawUpstream()];
  const app = await testGateway({
    endpoints: [endpointAt(first.url, FIRST), endpointAt(second.url, { id: 'second' })],
    routes,
  });
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, answer.headers.get('x-upstream'), answer.headers.get('x-upstream-reason')]).toEqual([
    200,
    'second',
    'retry=1; only',
  ]);
  expect([first.requests.length, second.requests.length]).toEqual([1, 1]);
  expect((await app.record()).endpointId).toBe('second');
});

test('an upstream that refuses the connection: another one is asked, and the first is checked at once', async () => {
  const second = await rawUpstream();
  const endpoints = [
    endpointAt(`http://127.0.0.1:${await unusedPort()}`, FIRST),
    endpointAt(second.url, { id: 'second' }),
  ];
  const app = await testGateway({ endpoints, routes });
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('second');
  expect(app.failures).toEqual(['first']);
});

test('one upstream is tried, and at most two others', async () => {
  const upstream = await rawUpstream(reset);
  const app = await testGateway({
    endpoints: ['a', 'b', 'c', 'd', 'e'].map((id) => endpointAt(upstream.url, { id })),
  });
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 502,
    code: 'upstream_error',
  });
  expect(upstream.requests).toHaveLength(3);
});

test('after the first byte nobody else is asked: the stream ends with an error event and without [DONE]', async () => {
  const first = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
    setTimeout(() => res.socket?.resetAndDestroy(), 50);
  });
  const second = await rawUpstream();
  const app = await testGateway({
    endpoints: [endpointAt(first.url, FIRST), endpointAt(second.url, { id: 'second' })],
    routes,
  });
  const text = await (await app.post('/chat/completions', { ...ASK, stream: true })).text();
  expect(text.startsWith(`${chunkOf('one')}data: {"error":{`)).toBe(true);
  expect(text).toMatch(/"code":"upstream_error"\}\}\n\n$/);
  expect(second.requests).toHaveLength(0);
  expect(await app.record()).toMatchObject({ errorCode: 'upstream_error' });
});

test.each([
  ['half a line', 'data: {"choi', ''],
  ['a line without the empty one after it', 'data: {"a":1}\n', 'data: {"a":1}\n\n\n'],
])('a stream that breaks after %s: what follows can still be parsed', async (_, half, passed) => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one') + half);
    setTimeout(() => res.destroy(), 50);
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const text = await (await app.post('/chat/completions', { ...ASK, stream: true })).text();
  expect(text.slice(0, text.lastIndexOf('data:'))).toBe(chunkOf('one') + passed);
});

test('a whole answer that breaks in the middle is a cut, not a shorter answer', async () => {
  const upstream = await rawUpstream((res) => {
    res.writeHead(200, { 'content-type': 'application/json' });
    res.write('{"choices":');
    setTimeout(() => res.destroy(), 50);
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', ASK);
  await expect(answer.text()).rejects.toThrow();
});

test('an upstream that hangs: 504, without a second try, and it is left', async () => {
  const [first, second] = [await rawUpstream(() => {}), await rawUpstream()];
  const endpoints = [endpointAt(first.url, FIRST), endpointAt(second.url, { id: 'second' })];
  const app = await testGateway({ endpoints, routes, timeoutMs: 200 });
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 504,
    code: 'upstream_timeout',
    shouldRetry: 'false',
  });
  await expect.poll(() => first.requests[0]?.gone.aborted).toBe(true);
  expect(second.requests).toHaveLength(0);
});

test('a stream that falls silent ends with an error event', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], timeoutMs: 200 });
  expect(await (await app.post('/chat/completions', { ...ASK, stream: true })).text()).toMatch(
    /"code":"upstream_timeout"\}\}\n\n$/,
  );
});

test('what is not HTTP is a 502', async () => {
  const url = await socketServer((socket) => void socket.end('SSH-2.0-OpenSSH_9.2\r\n'));
  const app = await testGateway({ endpoints: [endpointAt(url)] });
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 502,
    code: 'upstream_error',
  });
});

test('a web page, a redirect and a refused key of the gateway are 502s that a retry cannot help', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answers = [
    answerJson(200, '<html>', { 'content-type': 'text/html' }),
    answerJson(302, '', { location: '/login' }),
    answerJson(401, { error: {} }),
  ];
  for (const answer of answers) {
    upstream.script = (res) => answer(res);
    expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
      status: 502,
      shouldRetry: 'false',
    });
  }
});

test('5xx: an OpenAI error passes as it is, anything else becomes one', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const own = '{"error":{"code":500,"message":"CUDA error","type":"server_error"}}';
  upstream.script = (res) => answerJson(500, own)(res);
  const passed = await app.post('/chat/completions', ASK);
  expect([passed.status, await passed.text()]).toEqual([500, own]);
  upstream.script = (res) => answerJson(500, 'Traceback (most recent call last)')(res);
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 502,
    code: 'upstream_error',
  });
});

test('an upstream that is loading, alone: 503 model_loading with Retry-After; an endpoint that is known to load is not asked', async () => {
  const upstream = await rawUpstream((res) =>
    answerJson(503, { error: { message: 'Loading model', type: 'unavailable_error', code: 503 } })(res),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const expected = { status: 503, code: 'model_loading', retryAfter: '2', shouldRetry: null };
  expect(await errorOf(await app.post('/chat/completions', ASK))).toEqual(expected);
  app.endpoints[0] = endpointAt(upstream.url, { status: 'loading' });
  expect(await errorOf(await app.post('/chat/completions', ASK))).toEqual(expected);
  expect(upstream.requests).toHaveLength(1);
});

test('all down: 503 no_upstream', async () => {
  const app = await testGateway({ endpoints: [endpointAt('http://127.0.0.1:9', { status: 'offline' })] });
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 503,
    code: 'no_upstream',
  });
  app.endpoints.length = 0;
  expect(await errorOf(await app.post('/chat/completions', '{}'))).toMatchObject({
    status: 503,
    code: 'no_upstream',
  });
});

test('a model whose upstreams fail is stood in for by its fallbacks, in order', async () => {
  const [first, second] = [await rawUpstream(reset), await rawUpstream()];
  const endpoints = [
    endpointAt(first.url),
    endpointAt('http://127.0.0.1:9', { id: 'b', model: 'off', models: [], status: 'offline' }),
    endpointAt(second.url, { id: 'c', model: 'small', models: [] }),
  ];
  const app = await testGateway({
    endpoints,
    routes: [{ model: 'm', targets: [], fallback: ['nobody-knows', 'off', 'small'] }],
  });
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, answer.headers.get('x-upstream-reason')]).toEqual([200, 'fallback=small; only']);
  expect(JSON.parse(second.requests[0]?.body.toString() ?? '')).toEqual({ ...ASK, model: 'small' });
  await second.close();
  expect(await errorOf(await app.post('/chat/completions', ASK))).toMatchObject({
    status: 502,
    code: 'upstream_error',
  });
});

test('three failures in a row open the breaker; one probe after five seconds closes it', async () => {
  let now = 0;
  const upstream = await rawUpstream((res) => answerJson(500, { error: { message: 'CUDA error' } })(res));
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], now: () => now });
  for (const _ of [1, 2, 3]) expect((await app.post('/chat/completions', ASK)).status).toBe(500);
  now = 1_000;
  expect(await errorOf(await app.post('/chat/completions', ASK))).toEqual({
    status: 503,
    code: 'no_upstream',
    retryAfter: '4',
    shouldRetry: null,
  });
  expect(upstream.requests).toHaveLength(3);
  now = 5_000;
  upstream.script = sayHello;
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
});

test('a server that was launched anew is asked at once, whatever its breaker says', async () => {
  const upstream = await rawUpstream(reset);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], now: () => 0 });
  for (const _ of [1, 2, 3]) await app.post('/chat/completions', ASK);
  upstream.script = sayHello;
  expect((await app.post('/chat/completions', ASK)).status).toBe(503);
  app.endpoints[0] = endpointAt(upstream.url, { status: 'offline' });
  expect((await app.post('/chat/completions', ASK)).status).toBe(503);
  app.endpoints[0] = endpointAt(upstream.url);
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
});

test('faults of the client do not shut others out', async () => {
  const upstream = await rawUpstream((res) =>
    answerJson(500, { error: { message: 'image input is not supported', type: 'server_error' } })(res),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  for (const _ of [1, 2, 3, 4]) expect((await app.post('/chat/completions', ASK)).status).toBe(500);
  expect(upstream.requests).toHaveLength(4);
});

test('a kept connection that the server closes as it is used again: the request is sent once more', async () => {
  const seen: string[] = [];
  const url = await socketServer((socket) => {
    let count = 0;
    socket.on('data', (bytes) => {
      if (bytes.includes('"model"')) count += 1;
      if (count > 1) return socket.destroy();
      seen.push(String(bytes));
      return socket.write('HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n{}');
    });
  });
  const app = await testGateway({ endpoints: [endpointAt(url)] });
  for (const _ of [1, 2, 3]) expect((await app.post('/chat/completions', ASK)).status).toBe(200);
  expect(seen).toHaveLength(3);
});

async function socketServer(serve: (socket: Socket) => void): Promise<string> {
  const server = createServer((socket) => serve(socket.on('error', () => undefined)));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}
