import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { answerJson, chunkOf, openStream, rawUpstream, sayStream, USAGE } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const MINE = '0b1c2d3e-4f50-4162-8374-95a6b7c8d9e0';

test('a stream passes byte for byte: comment pings, CRLF, half events, fields of all kinds', async () => {
  const upstream = await rawUpstream();
  const parts = [
    ': ping\n\n',
    'data: {"choi',
    'ces":[{"delta":{"content":"\\u017e \u{1f600}"}}],"x":1.50}\n',
    '\n',
    ':\n',
    'event: odd\r\ndata: 1\r\n\r\n',
    'id: 7\ndata: a\ndata: b\n\n',
  ];
  parts.push(
    'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":9}}\n\ndata: [DONE]\n\n',
    'no end',
  );
  upstream.script = async (res) => {
    openStream(res);
    for (const part of parts) {
      res.write(part);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    res.end();
  };
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', { ...ASK, stream: true });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('content-type')).toBe('text/event-stream');
  expect(answer.headers.get('x-accel-buffering')).toBe('no');
  expect(answer.headers.get('x-upstream')).toBe('a');
  expect(answer.headers.get('x-upstream-reason')).toBe('only');
  expect(await answer.text()).toBe(parts.join(''));
  expect(await app.record()).toMatchObject({
    status: 200,
    errorCode: null,
    isStream: true,
    promptTokens: 3,
    completionTokens: 9,
    route: '/v1/chat/completions',
    model: 'm',
    endpointId: 'a',
  });
});

test('events are sent when they come, not when the next one does', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
    res.write(': ping\n');
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', { ...ASK, stream: true });
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  while (!text.includes(': ping\n')) text += (await reader?.read())?.value ?? '';
  expect(text).toBe(`${chunkOf('one')}: ping\n`);
  await reader?.cancel();
});

test('a body that names the model as the upstream does arrives untouched, whatever is in it', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const body =
    '{ "temperature":1.0, "seed": 12345678901234567890,\n"model" : "m","unknown":{"a":[1e2]},"messages":[{"content":"\\u0041","role":"user"}] ,"presence_penalty":0.50}';
  await app.post('/chat/completions?x=1', body);
  expect(upstream.requests[0]?.body.toString()).toBe(body);
  expect(upstream.requests[0]?.path).toBe('/v1/chat/completions?x=1');
});

test('an alias changes the model and nothing else', async () => {
  const upstream = await rawUpstream();
  const routes = [
    { model: 'gpt-4o', targets: [{ endpointId: 'a', model: null, weight: 1, priority: 0 }], fallback: [] },
  ];
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], routes });
  const body = (model: string): string =>
    `{"n":1.0,"model":${model},"messages":[{"role":"user","content":"\\u0041"}]}`;
  const answer = await app.post('/chat/completions', body('"gpt-4o"'));
  expect(answer.status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(body('"m"'));
  expect((await app.record()).model).toBe('gpt-4o');
});

test('headers: the key of the endpoint goes up, the client’s own, its cookies and what belongs to the connection do not', async () => {
  const upstream = await rawUpstream((res) =>
    answerJson(200, '{}', {
      'access-control-allow-origin': '',
      'x-extra': 'kept',
      'set-cookie': 'a=b',
      'x-request-id': 'theirs',
    })(res),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { hasApiKey: true })] });
  const headers = {
    authorization: 'Bearer of-client',
    cookie: 'c=d',
    'anthropic-version': '1',
    'x-request-id': MINE,
    'accept-encoding': 'gzip',
  };
  const answer = await app.post('/chat/completions', ASK, { headers });
  expect(upstream.requests[0]?.headers).toMatchObject({
    authorization: 'Bearer sk-a',
    'anthropic-version': '1',
    'x-request-id': MINE,
  });
  for (const name of ['cookie', 'accept-encoding'])
    expect(upstream.requests[0]?.headers).not.toHaveProperty(name);
  expect(answer.headers.get('x-request-id')).toBe(MINE);
  expect(answer.headers.get('x-extra')).toBe('kept');
  for (const name of ['access-control-allow-origin', 'set-cookie'])
    expect(answer.headers.get(name)).toBeNull();
});

test('a request id that is no id is replaced', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', ASK, { headers: { 'x-request-id': 'a b"' } });
  expect(answer.headers.get('x-request-id')).toMatch(/^req_[0-9a-f]{32}$/);
});

test('an upstream’s own refusal passes unchanged', async () => {
  const refusal =
    '{"error":{"code":400,"message":"request (8012 tokens) exceeds the available context size","type":"exceed_context_size_error","n_ctx":2048}}';
  const upstream = await rawUpstream((res) => answerJson(400, refusal)(res));
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', { ...ASK, stream: true });
  expect([answer.status, answer.headers.get('content-type'), await answer.text()]).toEqual([
    400,
    'application/json',
    refusal,
  ]);
  expect(upstream.requests).toHaveLength(1);
});

test('501 passes with the word that a retry cannot help', async () => {
  const refusal =
    '{"error":{"code":501,"message":"This server does not support embeddings.","type":"not_supported_error"}}';
  const upstream = await rawUpstream((res) => answerJson(501, refusal)(res));
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/embeddings', { model: 'm', input: 'x' });
  expect([answer.status, answer.headers.get('x-should-retry'), await answer.text()]).toEqual([
    501,
    'false',
    refusal,
  ]);
});

test.each([
  ['/completions', '/v1/completions'],
  ['/embeddings', '/v1/embeddings'],
  ['/responses', '/v1/responses'],
  ['/messages', '/v1/messages'],
  ['/rerank', '/v1/rerank'],
  ['/reranking', '/v1/reranking'],
  ['/tokenize', '/tokenize'],
  ['/detokenize', '/detokenize'],
  ['/apply-template', '/apply-template'],
])('/v1%s goes to %s of the upstream, under its base path', async (path, upstreamPath) => {
  const upstream = await rawUpstream((res) => answerJson(200, '{"ok": 1}')(res));
  const app = await testGateway({ endpoints: [endpointAt(`${upstream.url}/base`)] });
  const answer = await app.post(path, { model: 'm' });
  expect(await answer.text()).toBe('{"ok": 1}');
  expect(upstream.requests[0]?.path).toBe(`/base${upstreamPath}`);
});

test('what the upstream does not have, it refuses itself', async () => {
  const upstream = await rawUpstream((res) =>
    answerJson(404, '{"error":{"code":404,"message":"File Not Found","type":"not_found_error"}}')(res),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  expect((await app.post('/responses', { model: 'm' })).status).toBe(404);
});

test('no model named: the default endpoint gets the body as it is', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  expect((await app.post('/chat/completions', '{"messages":[]}')).status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe('{"messages":[]}');
  expect((await app.record()).model).toBe('m');
});

test('usage of a whole answer is accounted and spent', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url)],
    admission: {
      check: () => ({ keyId: 'k', keyName: 'phone', headers: { 'x-ratelimit-limit-requests': '9' } }),
    },
  });
  const answer = await app.post('/chat/completions', ASK);
  expect(answer.headers.get('x-ratelimit-limit-requests')).toBe('9');
  expect(await app.record()).toMatchObject({
    status: 200,
    promptTokens: USAGE.prompt_tokens,
    completionTokens: USAGE.completion_tokens,
    keyId: 'k',
    keyName: 'phone',
    isStream: false,
  });
  expect(app.spent).toEqual([['k', 7]]);
});

test('a stream without usage is null in the account, and spent by its events', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.end(chunkOf('a') + chunkOf('b') + chunkOf('c'));
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  await (await app.post('/chat/completions', { ...ASK, stream: true })).text();
  expect(await app.record()).toMatchObject({ promptTokens: null, completionTokens: null });
  expect(app.spent).toEqual([[null, 3]]);
});

test('live requests are listed, and one that is cancelled ends with an error event', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answer = await app.post('/chat/completions', { ...ASK, stream: true });
  const reader = answer.body?.getReader();
  await reader?.read();
  const [live] = app.gateway.live();
  expect(live).toMatchObject({ model: 'm', endpointId: 'a', state: 'answering', tokens: 1, isStream: true });
  expect(app.gateway.cancel(live?.id ?? '')).toBe(true);
  expect(new TextDecoder().decode((await reader?.read())?.value)).toMatch(
    /^data: \{"error":\{"message":".+","type":"server_error","param":null,"code":"request_cancelled"\}\}\n\n$/,
  );
  expect((await app.record()).errorCode).toBe('request_cancelled');
  await expect.poll(() => app.gateway.cancel(live?.id ?? '')).toBe(false);
});

test('streams that are open at a stop end with an error event, not with a cut', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
  });
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const answers = await Promise.all(
    [1, 2, 3].map(() => app.post('/chat/completions', { ...ASK, stream: true })),
  );
  const texts = answers.map((answer) => answer.text());
  await expect.poll(() => app.gateway.live().filter(({ tokens }) => tokens === 1).length).toBe(3);
  await app.gateway.stop();
  for (const text of await Promise.all(texts)) expect(text).toMatch(/"code":"shutting_down"\}\}\n\n$/);
  expect((await app.post('/chat/completions', ASK)).status).toBe(503);
});

test('500 streams at once are all answered', async () => {
  const upstream = await rawUpstream(sayStream('a', 'b', 'c'));
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const texts = await Promise.all(
    Array.from({ length: 500 }, async () =>
      (await app.post('/chat/completions', { ...ASK, stream: true })).text(),
    ),
  );
  expect(new Set(texts).size).toBe(1);
  expect(texts[0]).toMatch(/\[DONE\]\n\n$/);
  expect(upstream.requests).toHaveLength(500);
});

test('two requests on one connection of the client are both answered', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const body = JSON.stringify(ASK);
  const head = `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n`;
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write(`${head}\r\n${body}${head}connection: close\r\n\r\n${body}`);
  let text = '';
  for await (const part of socket) text += String(part);
  expect(text.match(/HTTP\/1.1 200 OK/g)).toHaveLength(2);
});
