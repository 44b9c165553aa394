/** Runners that use the gateways of other runners, each a whole one with scripted servers behind it. */
import { expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import {
  answerJson,
  FINISH,
  openEvents,
  chunkOf,
  sayAndHang,
  sayWords,
  scriptedUpstream,
} from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { testRunner } from '../testing/test-runner.ts';
import { waitUntil } from '../testing/wait-until.ts';

const KEY = 'sk-of-machine-a';
const TRACE = '0b1c2d3e-4f50-4162-8374-95a6b7c8d9e0';

interface MachineA {
  app: TestApp;
  upstream: ScriptedUpstream;
  /** Of its gateway's own listener. */
  gateway: string;
}

async function serverOf(...models: string[]): Promise<ScriptedUpstream> {
  const upstream = await scriptedUpstream(sayWords('hello', ' there'));
  upstream.answers['/v1/models'] = () => ({ object: 'list', data: models.map((id) => ({ id })) });
  return upstream;
}

async function untilServed(runner: HttpClient): Promise<void> {
  await waitUntil('its server to be online', async () =>
    JSON.stringify((await runner.get('/api/endpoints')).body).includes('"online"'),
  );
}

async function machineA(...models: string[]): Promise<MachineA> {
  const upstream = await serverOf(...models);
  const app = await createTestApp({
    env: { LLM_SERVER_URL: upstream.url, GATEWAY_PORT: '0', API_KEYS: KEY },
  });
  await untilServed(app);
  return { app, upstream, gateway: app.runner.gatewayUrl ?? '' };
}

async function addEndpoint(
  runner: HttpClient,
  { name, baseUrl, apiKey = KEY }: { name: string; baseUrl: string; apiKey?: string },
): Promise<Endpoint> {
  const { body } = await runner.post('/api/endpoints', { name, baseUrl, apiKey });
  return body['endpoint'] as Endpoint;
}

async function modelsOf(runner: HttpClient): Promise<string[]> {
  const { body } = await runner.get('/v1/models');
  return (body['data'] as { id: string }[]).map(({ id }) => id);
}

function ask(runner: HttpClient, body: object, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${runner.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'ping' }], stream: true, ...body }),
  });
}

test('the models of two other runners are listed once each, and each request goes to one that has its model', async () => {
  const [a1, a2] = [await machineA('shared', 'only-a1'), await machineA('shared', 'only-a2')];
  const b = await createTestApp();
  const first = await addEndpoint(b, { name: 'A1', baseUrl: a1.gateway });
  // The runner's own port has the same /v1.
  const second = await addEndpoint(b, { name: 'A2', baseUrl: `${a2.app.url}/v1` });
  expect([first, second]).toMatchObject([
    { status: 'online', isGateway: true, models: ['shared', 'only-a1'], slots: null },
    { status: 'online', isGateway: true, models: ['shared', 'only-a2'], slots: null },
  ]);
  expect(await modelsOf(b)).toEqual(['shared', 'only-a1', 'only-a2']);
  for (const [model, asked] of [
    ['only-a1', a1],
    ['only-a2', a2],
  ] as const) {
    const answer = await ask(b, { model }, { 'x-request-id': TRACE });
    expect([answer.status, answer.headers.get('x-request-id')]).toEqual([200, TRACE]);
    await answer.text();
    const { body, headers } = asked.upstream.requests.at(-1) ?? {};
    expect(body).toMatchObject({ model });
    // The id goes all the way; keys and what gateways tell one another do not.
    expect(headers).toMatchObject({ 'x-request-id': TRACE });
    expect(Object.keys(headers ?? {}).filter((name) => /gateway|authorization/.test(name))).toEqual([]);
  }
});

test('a stream comes through two gateways byte for byte, comments and odd spaces included', async () => {
  const a = await machineA('m');
  const b = await createTestApp();
  await addEndpoint(b, { name: 'A', baseUrl: a.gateway });
  const bytes = `: ping\n\n${chunkOf({ content: 'žaba 🐸' }, { odd: 1.0e2, timings: null }).replace('data: ', 'data:  ')}${FINISH}`;
  a.upstream.script = (res) => {
    openEvents(res);
    for (const byte of Buffer.from(bytes)) res.write(Buffer.from([byte]));
    res.end();
  };
  expect(await (await ask(b, { model: 'm' })).text()).toBe(bytes);
});

test('the load is shared between runners and a server of one’s own', async () => {
  const [a1, a2, own] = [await machineA('m'), await machineA('m'), await serverOf('m')];
  const b = await createTestApp({ env: { LLM_SERVER_URL: own.url } });
  for (const [name, { gateway }] of Object.entries({ a1, a2 }))
    await addEndpoint(b, { name, baseUrl: gateway });
  await untilServed(b);
  const servers = [a1.upstream, a2.upstream, own];
  for (const server of servers) server.script = sayAndHang('working');
  const open = await Promise.all(
    ['1', '2', '3', '4', '5', '6'].map((content) =>
      ask(b, { model: 'm', messages: [{ role: 'user', content }] }),
    ),
  );
  expect(servers.map(({ requests }) => requests.length)).toEqual([2, 2, 2]);
  await Promise.all(open.map(async (answer) => answer.body?.cancel()));
  await waitUntil('all servers to be told that the clients left', () =>
    servers.every(({ requests }) => requests.every(({ gone }) => gone.aborted)),
  );
});

test('when a runner is killed the other one takes over at once', async () => {
  const [upstream, a1, b] = [await serverOf('m'), await machineA('m'), await createTestApp()];
  const dying = await testRunner(tempDir(), { env: { LLM_SERVER_URL: upstream.url, API_KEYS: KEY } });
  await untilServed(dying);
  await addEndpoint(b, { name: 'A1', baseUrl: a1.gateway });
  await addEndpoint(b, { name: 'A2', baseUrl: dying.url });
  const askAll = (): Promise<Response[]> =>
    Promise.all(
      [1, 2, 3, 4].map((turn) => ask(b, { model: 'm', messages: [{ role: 'user', content: `${turn}` }] })),
    );
  for (const answer of await askAll()) expect(await answer.text()).toContain('hello');
  expect(upstream.requests.length).toBeGreaterThan(0);
  await dying.end('SIGKILL');
  for (const answer of await askAll())
    expect([answer.status, await answer.text()]).toEqual([200, expect.stringContaining('hello')]);
  await waitUntil('it to be seen as offline', async () =>
    JSON.stringify((await b.get('/api/endpoints')).body).includes('"nobody-listens"'),
  );
  expect(await modelsOf(b)).toEqual(['m']);
});

test('a wrong key is told as one, on both ports, and a key that is revoked later is no fault of the client', async () => {
  const { app, gateway } = await machineA('m');
  const b = await createTestApp();
  for (const baseUrl of [gateway, app.url]) {
    const endpoint = await addEndpoint(b, { name: baseUrl, baseUrl, apiKey: 'sk-wrong' });
    expect(endpoint).toMatchObject({ status: 'offline', problemCode: 'key-refused' });
    await b.delete(`/api/endpoints/${endpoint.id}`);
  }
  const { secret, key } = (await app.post('/api/gateway/keys', { name: 'b' })).body as {
    secret: string;
    key: { id: string };
  };
  expect(await addEndpoint(b, { name: 'A', baseUrl: gateway, apiKey: secret })).toMatchObject({
    status: 'online',
  });
  await app.post(`/api/gateway/keys/${key.id}/revoke`);
  const answer = await ask(b, { model: 'm' });
  expect([answer.status, await answer.json()]).toMatchObject([
    502,
    { error: { code: 'upstream_unauthorized' } },
  ]);
});

test('what the other gateway refuses for a while is told with its Retry-After', async () => {
  const { app, gateway, upstream } = await machineA('m');
  const { secret } = (await app.post('/api/gateway/keys', { name: 'b', requestsPerMinute: 2 })).body as {
    secret: string;
  };
  const b = await createTestApp();
  // The check of the endpoint is the first request of the key.
  const { id } = await addEndpoint(b, { name: 'A', baseUrl: gateway, apiKey: secret });
  expect((await ask(b, { model: 'm' })).status).toBe(200);
  const limited = await ask(b, { model: 'm' });
  expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
  expect([limited.status, await limited.json()]).toMatchObject([
    429,
    { error: { code: 'rate_limit_exceeded' } },
  ]);

  await b.delete(`/api/endpoints/${id}`);
  await addEndpoint(b, { name: 'A again', baseUrl: app.url });
  upstream.script = answerJson(503, {
    error: { message: 'Loading model', type: 'unavailable_error', code: 503 },
  });
  const loading = await ask(b, { model: 'm' });
  expect(loading.headers.get('retry-after')).toBe('2');
  expect([loading.status, await loading.json()]).toMatchObject([503, { error: { code: 'model_loading' } }]);
});

test('the chat uses another runner as it uses a server', async () => {
  const a = await machineA('first', 'second');
  const b = await createTestApp();
  const { id } = await addEndpoint(b, { name: 'A', baseUrl: a.gateway });
  const { body } = await b.post('/api/llm/chat', {
    endpoint_id: id,
    messages: [{ role: 'user', content: 'ping' }],
  });
  expect(JSON.stringify(body)).toContain('hello there');
  await b.post('/api/llm/chat', {
    endpoint_id: id,
    model: 'second',
    messages: [{ role: 'user', content: 'ping' }],
  });
  expect(a.upstream.requests.map(({ body: { model } }) => model)).toEqual(['first', 'second']);
});
