import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { gatewayRequestSchema } from '#contract/gateway';
import { AdmissionError } from '../gateway/keys/limits-admission-error.ts';
import { rawUpstream } from '../gateway/testing/raw-upstream.ts';
import { endpointAt, testGateway } from '../gateway/testing/test-gateway.ts';
import type { TestGateway } from '../gateway/testing/test-gateway.ts';

const MB = 1024 ** 2;

async function refusalOf(answer: Response): Promise<unknown[]> {
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
  const { error } = (await answer.json()) as { error: Record<string, unknown> };
  expect(error['message']).toEqual(expect.any(String));
  expect(Object.keys(error)).toEqual(['message', 'type', 'param', 'code']);
  return [answer.status, error['type'], error['code'], error['param']];
}

async function gatewayTo(url = 'http://127.0.0.1:9'): Promise<TestGateway> {
  return testGateway({ endpoints: [endpointAt(url, { model: 'org/Qwen3-4B', models: ['org/Qwen3-4B'] })] });
}

test.each([
  ['{b', 'invalid_json', null],
  ['{"model":"m"', 'invalid_json', null],
  ['\ufeff{"model":"m"}', 'invalid_json', null],
  ['[]', 'invalid_request', null],
  ['"x"', 'invalid_request', null],
  ['null', 'invalid_request', null],
  ['', 'invalid_request', null],
  ['{"model":7}', 'invalid_request', 'model'],
  ['{"model":""}', 'invalid_request', 'model'],
])('the body %j is a 400', async (body, code, param) => {
  const app = await gatewayTo();
  const answer = await app.post('/chat/completions', body);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
  expect(await refusalOf(answer)).toEqual([400, 'invalid_request_error', code, param]);
  expect(await app.record()).toMatchObject({ status: 400, errorCode: code, endpointId: null });
});

test('an unknown model is a 404 that names near ones', async () => {
  const app = await gatewayTo();
  const answer = await app.post('/chat/completions', { model: 'org/qwen3-4' });
  expect(await answer.clone().text()).toContain('Did you mean \\"org/Qwen3-4B\\"?');
  expect(await refusalOf(answer)).toEqual([404, 'invalid_request_error', 'model_not_found', 'model']);
});

test('names that a key may not use are not hinted at, nor listed', async () => {
  const app = await testGateway({
    endpoints: [
      endpointAt('http://127.0.0.1:9', { name: 'secret one', model: 'secret', models: ['secret', 'open'] }),
    ],
    admission: {
      check: () => ({ keyId: 'k', keyName: 'k', headers: {}, canUse: (model) => model === 'open' }),
    },
  });
  expect(await (await app.post('/chat/completions', { model: 'secre' })).text()).not.toContain('"secret');
  expect(
    ((await (await fetch(`${app.url}/models`)).json()) as { data: { id: string }[] }).data.map(
      ({ id }) => id,
    ),
  ).toEqual(['open']);
});

test('a body of 20 MB passes', async () => {
  const upstream = await rawUpstream((res) => void res.end('{}'));
  const app = await gatewayTo(upstream.url);
  const body = JSON.stringify({ model: 'org/Qwen3-4B', image: '' });
  const whole = body.replace('""', `"${'x'.repeat(20 * MB - body.length)}"`);
  expect((await app.post('/chat/completions', whole)).status).toBe(200);
  expect(upstream.requests[0]?.body.length).toBe(20 * MB);
});

test('more is a 413, told by its length before it is read', async () => {
  const app = await gatewayTo();
  const answer = await app.post('/chat/completions', `{"image":"${'x'.repeat(20 * MB)}"}`);
  expect(await refusalOf(answer)).toEqual([413, 'invalid_request_error', 'request_too_large', null]);
});

test('more without a length is a 413 when the limit is passed', async () => {
  const app = await testGateway({ bodyLimitBytes: 1000 });
  const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
  socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n400\r\n');
  socket.write(`${'x'.repeat(1024)}\r\n`);
  const text = await new Promise<string>((resolve) => socket.once('data', (bytes) => resolve(String(bytes))));
  expect(text).toMatch(/^HTTP\/1.1 413 /);
  socket.destroy();
});

test('a compressed body is refused', async () => {
  const app = await gatewayTo();
  const answer = await app.post('/chat/completions', 'x', { headers: { 'content-encoding': 'gzip' } });
  expect((await refusalOf(answer))[0]).toBe(415);
});

test('a wrong key is refused before the body is read, with the headers of the refusal', async () => {
  const app = await testGateway({
    admission: {
      identify: ({ secret }) => {
        throw new AdmissionError('invalid_api_key', `Not ${secret}.`);
      },
    },
  });
  for (const headers of [{ authorization: 'Bearer sk-x' }, { 'x-api-key': 'sk-x' }]) {
    const answer = await app.post('/chat/completions', '{b', { headers });
    expect(answer.headers.get('www-authenticate')).toMatch(/^Bearer/);
    expect(await answer.clone().text()).toContain('Not sk-x.');
    expect(await refusalOf(answer)).toEqual([401, 'authentication_error', 'invalid_api_key', null]);
  }
});

test('a key over its limit is a 429 with Retry-After', async () => {
  const app = await testGateway({
    endpoints: [endpointAt('http://127.0.0.1:9')],
    admission: {
      check: () => {
        throw new AdmissionError('rate_limit_exceeded', 'Wait.', { 'retry-after': '7' });
      },
    },
  });
  const answer = await app.post('/chat/completions', { model: 'm' });
  expect(answer.headers.get('retry-after')).toBe('7');
  expect(await refusalOf(answer)).toEqual([429, 'rate_limit_error', 'rate_limit_exceeded', null]);
  expect((await refusalOf(await fetch(`${app.url}/models`)))[0]).toBe(429);
});

test('an error that nobody foresaw is a 500 with an id that the log has', async () => {
  const app = await testGateway({
    endpoints: [endpointAt('http://127.0.0.1:9')],
    admission: {
      check: () => {
        throw new TypeError('secret detail');
      },
    },
  });
  for (const answer of [await app.post('/chat/completions', {}), await fetch(`${app.url}/models`)]) {
    expect(await answer.clone().text()).not.toContain('secret detail');
    expect((await refusalOf(answer))[0]).toBe(500);
  }
  expect(app.faults).toHaveLength(2);
});

test('models: the list, one of them, one under a short name, and one that is not there', async () => {
  const app = await gatewayTo();
  const model = { id: 'org/Qwen3-4B', object: 'model', created: expect.any(Number), owned_by: 'Machine A' };
  expect(await (await fetch(`${app.url}/models`)).json()).toEqual({ object: 'list', data: [model] });
  for (const path of ['org/Qwen3-4B', 'org%2FQwen3-4B'])
    expect(await (await fetch(`${app.url}/models/${path}`)).json()).toEqual(model);
  expect(await (await fetch(`${app.url}/models/Machine%20A`)).json()).toEqual({ ...model, id: 'Machine A' });
  expect(await refusalOf(await fetch(`${app.url}/models/nope`))).toEqual([
    404,
    'invalid_request_error',
    'model_not_found',
    'model',
  ]);
  expect((await refusalOf(await fetch(`${app.url}/models/%zz`)))[0]).toBe(400);
});

test('every answer tells that a gateway gives it', async () => {
  const app = await gatewayTo();
  const answers = [
    await fetch(`${app.url}/models`),
    await fetch(`${app.url}/nothing`),
    await app.post('/chat/completions', { model: 'nope' }),
    await app.post('/chat/completions', { model: 'org/Qwen3-4B' }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 404, 404, 502]);
  expect(answers.map(({ headers }) => headers.get('x-llm-gateway'))).toEqual(
    Array(4).fill('llm-server-manager'),
  );
});

test('who is refused is in the account, whatever the route; what is mistyped is not', async () => {
  const app = await testGateway({
    endpoints: [endpointAt('http://127.0.0.1:9')],
    admission: {
      check: ({ secret }) => {
        if (secret === 'wrong') throw new AdmissionError('invalid_api_key', 'Not known.');
        if (secret === 'narrow') throw new AdmissionError('route_not_allowed', 'Not that one.');
        if (secret === 'fast') throw new AdmissionError('rate_limit_exceeded', 'Wait.');
        return { keyId: null, keyName: null, headers: {} };
      },
    },
  });
  for (const path of ['/models', '/models/a/b']) {
    for (const key of ['wrong', 'narrow', 'fast', 'good'])
      await fetch(app.url + path, { headers: { authorization: `Bearer ${key}` } });
  }
  await fetch(`${app.url}/${'x'.repeat(5000)}`);
  await fetch(`${app.url}/chat/completions`);
  expect(app.records.map(({ route, status, errorCode }) => [route, status, errorCode])).toEqual(
    ['/v1/models', '/v1/models/*model'].flatMap((route) => [
      [route, 401, 'invalid_api_key'],
      [route, 403, 'route_not_allowed'],
      [route, 429, 'rate_limit_exceeded'],
    ]),
  );
  expect(app.records.map((record) => gatewayRequestSchema.parse(record))).toEqual(app.records);
});

test('a request that has passed too many gateways is refused, and in the account', async () => {
  const app = await gatewayTo();
  const answer = await app.post(
    '/chat/completions',
    { model: 'm' },
    { headers: { 'x-llm-gateway-hops': 'a,b,c,d' } },
  );
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect(await refusalOf(answer)).toEqual([508, 'server_error', 'loop_detected', null]);
  expect(await app.record()).toMatchObject({
    route: '/v1/chat/completions',
    status: 508,
    errorCode: 'loop_detected',
  });
});

test('unknown paths and wrong methods are refused in the envelope', async () => {
  const app = await gatewayTo();
  expect(await refusalOf(await app.post('/audio/transcriptions', {}))).toEqual([
    404,
    'invalid_request_error',
    'unknown_url',
    null,
  ]);
  const answer = await fetch(`${app.url}/chat/completions`);
  expect(answer.headers.get('allow')).toBe('POST');
  expect((await refusalOf(answer))[0]).toBe(405);
});
