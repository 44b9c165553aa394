/** Keys, scopes, limits and routes of the gateway as it is joined, from the outside: OpenAI's own SDK on its own listener. */
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { waitUntil } from '../testing/wait-until.ts';
import { checkedClient } from './testing/checked-client.ts';
import type { CheckedClient } from './testing/checked-client.ts';
import { openaiUpstream } from './testing/openai-upstream.ts';
import { answerJson, openStream } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';

interface Setup {
  app: TestApp;
  upstream: RawUpstream;
  /** A key of these fields, and the SDK with it. */
  keyed: (fields: object) => Promise<CheckedClient & { id: string }>;
}

/** An upstream with the models `m` and `other`. */
async function setUp(): Promise<Setup> {
  const upstream = await openaiUpstream();
  const { script } = upstream;
  const list = {
    object: 'list',
    data: ['m', 'other'].map((id) => ({ id, object: 'model', created: 1, owned_by: 'x' })),
  };
  upstream.script = (res, request) => {
    if (request.path === '/v1/models') return answerJson(200, list)(res);
    return request.body.length === 0 ? answerJson(404, '{}')(res) : script(res, request);
  };
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0' } });
  await waitUntil('the endpoint to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  const keyed: Setup['keyed'] = async (fields) => {
    const { body } = await app.post('/api/gateway/keys', { name: 'Machine C', ...fields });
    const { secret, key } = body as unknown as { secret: string; key: { id: string } };
    return { ...checkedClient({ baseURL: `${app.runner.gatewayUrl}/v1`, apiKey: secret }), id: key.id };
  };
  return { app, upstream, keyed };
}

const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'ping' }] };

function asksOf(upstream: RawUpstream): number {
  return upstream.requests.filter(({ body }) => body.length > 0).length;
}

test('a key of one model: it sees, asks and retrieves that one only; nothing else reaches the upstream', async () => {
  const { keyed, upstream } = await setUp();
  const { client, check } = await keyed({ models: ['m'] });
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['m']);
  expect((await client.models.retrieve('m')).id).toBe('m');
  expect((await client.chat.completions.create(ASK)).choices[0]?.message.content).toBe('pong');
  const before = asksOf(upstream);
  const forbidden = { status: 403, code: 'model_not_allowed' };
  for (const model of ['other', '~environment', 'm ', ' m', 'M', 'm.gguf', '*', './m', 'm\u0000']) {
    await expect(client.chat.completions.create({ ...ASK, model }), model).rejects.toMatchObject(forbidden);
  }
  await expect(client.models.retrieve('other')).rejects.toMatchObject(forbidden);
  expect(asksOf(upstream)).toBe(before);
  await check(12);
});

test('a key of another model than the default’s: no "model" at all is refused', async () => {
  const { keyed, upstream } = await setUp();
  const { client } = await keyed({ models: ['nothing-here'] });
  for (const model of [undefined, null]) {
    await expect(client.post('/chat/completions', { body: { ...ASK, model } })).rejects.toMatchObject({
      status: 403,
      code: 'model_not_allowed',
    });
  }
  expect(asksOf(upstream)).toBe(0);
});

test('a key of a route’s name reaches what the operator put behind it, also its fallback, and neither by its own name', async () => {
  const { app, keyed, upstream } = await setUp();
  const put = async (route: object): Promise<number> =>
    (
      await fetch(`${app.url}/api/gateway/routes`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(route),
      })
    ).status;
  expect(await put({ model: 'alias', targets: [{ endpointId: '~environment', model: 'other' }] })).toBe(200);
  expect(await put({ model: 'spare', targets: [{ endpointId: 'gone' }], fallback: ['other'] })).toBe(200);
  const { client } = await keyed({ models: ['alias', 'spare'] });
  for (const model of ['alias', 'spare']) {
    await client.chat.completions.create({ ...ASK, model });
    expect(JSON.parse(String(upstream.requests.at(-1)?.body))).toMatchObject({ model: 'other' });
  }
  await expect(client.chat.completions.create({ ...ASK, model: 'other' })).rejects.toBeInstanceOf(
    OpenAI.PermissionDeniedError,
  );
});

test('routes that lead back to themselves are refused', async () => {
  const { app } = await setUp();
  const put = async (model: string, fallback: string[]): Promise<number> => {
    const body = JSON.stringify({ model, fallback });
    return (
      await fetch(`${app.url}/api/gateway/routes`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body,
      })
    ).status;
  };
  expect([
    await put('a', ['a']),
    await put('a', ['b']),
    await put('b', ['c']),
    await put('c', ['a']),
  ]).toEqual([400, 200, 200, 400]);
});

test('a key of one group of routes opens no other', async () => {
  const { keyed } = await setUp();
  const { client } = await keyed({ routes: ['embeddings'] });
  expect((await client.embeddings.create({ model: 'm', input: 'x' })).data).toHaveLength(1);
  const forbidden = { status: 403, code: 'route_not_allowed' };
  await expect(client.chat.completions.create(ASK)).rejects.toMatchObject(forbidden);
  await expect(client.completions.create({ model: 'm', prompt: 'x' })).rejects.toMatchObject(forbidden);
  await expect(client.responses.create({ model: 'm', input: 'x' })).rejects.toMatchObject(forbidden);
  await expect(client.models.list()).rejects.toMatchObject(forbidden);
});

test('requests per minute: requests at the same time never get more than the limit, and each answer says what remains', async () => {
  const { keyed, upstream } = await setUp();
  const { client, answers, check } = await keyed({ requestsPerMinute: 5 });
  const once = { maxRetries: 0 };
  const asked = await Promise.allSettled(
    Array.from({ length: 40 }, () => client.chat.completions.create(ASK, once)),
  );
  expect(asked.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
  expect(asksOf(upstream)).toBe(5);
  for (const { status, headers } of answers) {
    expect(headers.get('x-ratelimit-limit-requests')).toBe('5');
    expect(headers.get('x-ratelimit-reset-requests')).toMatch(/^(\d+m)?\d+(\.\d+)?m?s$/);
    if (status !== 429) continue;
    expect(headers.get('x-ratelimit-remaining-requests')).toBe('0');
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(50);
  }
  expect(
    answers
      .filter(({ status }) => status === 200)
      .map(({ headers }) => Number(headers.get('x-ratelimit-remaining-requests')))
      .toSorted((a, b) => a - b),
  ).toEqual([0, 1, 2, 3, 4]);
  await expect(client.chat.completions.create(ASK, once)).rejects.toBeInstanceOf(OpenAI.RateLimitError);
  await check(41);
});

test('tokens per minute and the quota: the answer that passes them is given, the next one is not asked for', async () => {
  const { keyed, upstream } = await setUp();
  for (const [fields, code, tries] of [
    [{ tokensPerMinute: 7 }, 'rate_limit_exceeded', { maxRetries: 0 }],
    [{ tokenQuota: 7 }, 'insufficient_quota', {}],
  ] as const) {
    const { client, answers } = await keyed(fields);
    await client.chat.completions.create(ASK);
    const before = asksOf(upstream);
    await expect
      .poll(() =>
        client.chat.completions.create(ASK, tries).then(
          () => 'let in',
          (error: { code?: string }) => error.code,
        ),
      )
      .toBe(code);
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(1);
    expect(asksOf(upstream) - before).toBeLessThanOrEqual(answers.length - 2);
  }
});

test('a key that is changed, expired or revoked is so from the next request on', async () => {
  const { app, keyed } = await setUp();
  const { client, id } = await keyed({});
  await client.chat.completions.create(ASK);
  const change = {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ expiresAt: '2020-01-01T00:00:00Z' }),
  };
  expect((await fetch(`${app.url}/api/gateway/keys/${id}`, change)).status).toBe(200);
  await expect(client.chat.completions.create(ASK)).rejects.toMatchObject({
    status: 401,
    code: 'key_expired',
  });
  await app.post(`/api/gateway/keys/${id}/revoke`);
  await expect(client.chat.completions.create(ASK)).rejects.toMatchObject({
    status: 401,
    code: 'key_revoked',
  });
  await app.delete(`/api/gateway/keys/${id}`);
  // The door is open again: there is no key left.
  expect((await client.chat.completions.create(ASK)).choices).toHaveLength(1);
});

test('streams that are open when the runner stops end with an error event, on both of its listeners', async () => {
  const { app, upstream } = await setUp();
  hold(upstream);
  const body = JSON.stringify({ ...ASK, stream: true });
  const asked = [app.url, app.runner.gatewayUrl ?? ''].map((origin) =>
    fetch(`${origin}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    }),
  );
  const texts = (await Promise.all(asked)).map((answer) => answer.text());
  await app.runner.stop({ keepProcesses: false, graceMs: 0 });
  for (const text of await Promise.all(texts))
    expect(text).toMatch(/^(: ping\n\n)?data: \{"error":\{.*"code":"shutting_down"\}\}\n\n$/);
});

test('a key that is revoked cuts its streams, and those of no other: they end with an error event, the server is left', async () => {
  const { app, upstream, keyed } = await setUp();
  hold(upstream);
  const [revoked, other] = [await keyed({}), await keyed({})];
  const ask = { ...ASK, stream: true } as const;
  const cut = thrownWhile(await revoked.client.chat.completions.create(ask));
  const first = upstream.requests.at(-1);
  const kept = thrownWhile(await other.client.chat.completions.create(ask));
  const second = upstream.requests.at(-1);
  await app.post(`/api/gateway/keys/${revoked.id}/revoke`);
  expect(await cut).toMatchObject({ code: 'key_revoked', type: 'authentication_error' });
  await waitUntil('the server to be left', () => first?.gone.aborted === true);
  expect(second?.gone.aborted).toBe(false);
  await app.runner.stop({ keepProcesses: false, graceMs: 0 });
  expect(await kept).toMatchObject({ code: 'shutting_down' });
});

/** From now on streams begin, and do not end. */
function hold(upstream: RawUpstream): void {
  const { script } = upstream;
  upstream.script = (res, request) => {
    if (request.body.length === 0) return script(res, request);
    openStream(res);
    return void res.write(': ping\n\n');
  };
}

async function thrownWhile(stream: AsyncIterable<unknown>): Promise<unknown> {
  try {
    for await (const _ of stream);
  } catch (error) {
    return error;
  }
  return null;
}

test('every answer has the id of its request, also a list, a refusal and a path that is none', async () => {
  const { app, keyed } = await setUp();
  const { client } = await keyed({});
  const sane = expect.stringMatching(/^req_[0-9a-f]{32}$/);
  expect((await client.models.list().withResponse()).request_id).toEqual(sane);
  await expect(client.models.retrieve('nothing')).rejects.toMatchObject({ status: 404, requestID: sane });
  await expect(client.get('/nothing')).rejects.toMatchObject({ status: 404, requestID: sane });
  const refused = checkedClient({ baseURL: `${app.runner.gatewayUrl}/v1`, apiKey: 'wrong' });
  await expect(refused.client.models.list()).rejects.toMatchObject({ status: 401, requestID: sane });
});

test('a request without a model goes by the default’s name as the list shows it, not by the path of its file', async () => {
  const upstream = await openaiUpstream();
  const { script } = upstream;
  upstream.script = (res, request) => {
    if (request.path === '/v1/models')
      return answerJson(200, { object: 'list', data: [{ id: '/secret/folder/x.gguf' }] })(res);
    return request.body.length === 0 ? answerJson(404, '{}')(res) : script(res, request);
  };
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0' } });
  await waitUntil('the endpoint to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  const { body } = await app.post('/api/gateway/keys', { name: 'k', models: ['x.gguf'] });
  const { client } = checkedClient({
    baseURL: `${app.runner.gatewayUrl}/v1`,
    apiKey: String(body['secret']),
  });
  await client.post('/chat/completions', { body: { messages: [] } });
  expect(JSON.stringify((await app.get('/api/gateway/usage')).body)).not.toContain('secret');
});
