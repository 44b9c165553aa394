/** Gateways behind gateways: requests that would go round, and what one does when another cannot serve. */
import { expect, test } from 'vitest';
import { createTestApp } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { answerJson, sayWords, scriptedUpstream } from '../testing/scripted-upstream.ts';
import type { ScriptedUpstream } from '../testing/scripted-upstream.ts';
import { waitUntil } from '../testing/wait-until.ts';

const KEY = 'sk-of-machine-a';

async function machine(): Promise<{ app: TestApp; upstream: ScriptedUpstream }> {
  const upstream = await scriptedUpstream(sayWords('hello'));
  const app = await createTestApp({ env: { LLM_SERVER_URL: upstream.url, API_KEYS: KEY } });
  await waitUntil('its server to be online', async () =>
    JSON.stringify((await app.get('/api/endpoints')).body).includes('"online"'),
  );
  return { app, upstream };
}

async function addEndpoint(runner: HttpClient, baseUrl: string, apiKey = KEY): Promise<string> {
  const { body } = await runner.post('/api/endpoints', { name: baseUrl, baseUrl, apiKey });
  expect(body['endpoint']).toMatchObject({ status: 'online', isGateway: true });
  return (body['endpoint'] as { id: string }).id;
}

function ask(runner: HttpClient, headers: Record<string, string> = {}): Promise<Response> {
  return post(runner, '/v1/chat/completions', {
    headers,
    body: { model: 'scripted', messages: [{ role: 'user', content: 'ping' }] },
  });
}

function post(
  runner: HttpClient,
  path: string,
  { headers = {}, body }: { headers?: Record<string, string>; body: object },
): Promise<Response> {
  const all = { 'content-type': 'application/json', authorization: `Bearer ${KEY}`, ...headers };
  return fetch(runner.url + path, { method: 'POST', headers: all, body: JSON.stringify(body) });
}

/** Takes the server away, so that only gateways are left that list its model. */
async function endServer({ app, upstream }: { app: TestApp; upstream: ScriptedUpstream }): Promise<void> {
  await upstream.close();
  await app.post('/api/endpoints/~environment/ping');
}

test('a runner that is its own endpoint refuses what comes back to it', async () => {
  const a = await machine();
  await addEndpoint(a.app, a.app.url);
  await endServer(a);
  const answer = await ask(a.app);
  expect(answer.headers.get('x-should-retry')).toBe('false');
  expect([answer.status, await answer.json()]).toMatchObject([
    508,
    { error: { code: 'loop_detected', type: 'server_error' } },
  ]);
  const { latest } = (await a.app.get('/api/gateway/usage')).body as {
    latest: { status: number; errorCode: string }[];
  };
  expect(latest).toMatchObject([
    { status: 508, errorCode: 'loop_detected', model: 'scripted' },
    { status: 508, errorCode: 'loop_detected', model: null },
  ]);
});

test('two runners that are endpoints of each other serve what one of them can, and refuse the rest', async () => {
  const [a, b] = [await machine(), await machine()];
  await addEndpoint(a.app, b.app.url);
  await addEndpoint(b.app, a.app.url);
  for (const _ of [1, 2, 3, 4]) expect((await ask(b.app)).status).toBe(200);
  await endServer(a);
  for (const _ of [1, 2, 3, 4])
    expect([(await ask(a.app)).status, (await ask(b.app)).status]).toEqual([200, 200]);
  await endServer(b);
  expect((await ask(b.app)).status).toBe(508);
});

test('of two runners that are endpoints of each other one that sent a request round is not sent the next, and the fault of the server is told', async () => {
  const [a, b] = [await machine(), await machine()];
  await endServer(b);
  await addEndpoint(b.app, a.app.url);
  await addEndpoint(a.app, b.app.url);
  a.upstream.script = answerJson(503, {
    error: { message: 'No slot.', type: 'server_error', code: 'no_slot' },
  });
  for (const _ of [1, 2])
    expect([(await ask(b.app)).status, a.upstream.requests.length > 0]).toEqual([503, true]);
  const { latest } = (await b.app.get('/api/gateway/usage')).body as { latest: { status: number }[] };
  expect(latest.map(({ status }) => status).toSorted((one, other) => one - other)).toEqual([503, 503, 508]);
});

test('a request passes four gateways at the most', async () => {
  const runners = [await machine()];
  for (let length = 2; length <= 5; length += 1) {
    const [next] = runners;
    const runner = await createTestApp({ env: { API_KEYS: KEY } });
    if (next !== undefined) await addEndpoint(runner, next.app.url);
    runners.unshift({ app: runner, upstream: next?.upstream ?? (await scriptedUpstream()) });
  }
  const statuses: number[] = [];
  for (const { app } of runners) statuses.push((await ask(app)).status);
  expect(statuses).toEqual([508, 200, 200, 200, 200]);
});

test('a client that makes up a list of gateways harms its own request only', async () => {
  const a = await machine();
  expect((await ask(a.app, { 'x-llm-gateway-hops': 'one,two,three,four' })).status).toBe(508);
  expect((await ask(a.app, { 'x-llm-gateway-hops': 'one, x' })).status).toBe(200);
  expect((await ask(a.app)).status).toBe(200);
  for (const { headers } of a.upstream.requests)
    expect(Object.keys(headers)).not.toContain('x-llm-gateway-hops');
});

test('the tokenizer is found beneath /v1 of the other gateway', async () => {
  const a = await machine();
  a.upstream.answers['/tokenize'] = ({ content }) => ({ tokens: String(content).split(' ') });
  const b = await createTestApp();
  await addEndpoint(b, a.app.url);
  const answer = await post(b, '/v1/tokenize?pieces=1', { body: { model: 'scripted', content: 'one two' } });
  expect(await answer.json()).toEqual({ tokens: ['one', 'two'] });
});

test('a runner whose key is used up, or that has lost its server, sends the request on to another one', async () => {
  const [busy, lost, last] = [await machine(), await machine(), await machine()];
  const { secret } = (await busy.app.post('/api/gateway/keys', { name: 'b', requestsPerMinute: 1 })).body as {
    secret: string;
  };
  const b = await createTestApp();
  await addEndpoint(b, busy.app.url, secret);
  await addEndpoint(b, lost.app.url);
  await addEndpoint(b, last.app.url);
  await endServer(lost);
  const statuses: number[] = [];
  for (let turn = 0; turn < 9; turn += 1) statuses.push((await ask(b)).status);
  expect(statuses).toEqual(Array(9).fill(200));
  expect(last.upstream.requests).toHaveLength(9);
});

test('a key that opens too little at the other runner is no fault of the client', async () => {
  const a = await machine();
  const { secret } = (await a.app.post('/api/gateway/keys', { name: 'b', routes: ['models'] })).body as {
    secret: string;
  };
  const b = await createTestApp();
  const narrow = await addEndpoint(b, a.app.url, secret);
  const answer = await ask(b);
  expect([answer.status, await answer.json()]).toMatchObject([
    502,
    { error: { code: 'upstream_unauthorized' } },
  ]);
  a.upstream.script = answerJson(403, {
    error: { message: 'Not this text.', type: 'content_filter', param: null, code: 'filtered' },
  });
  await b.delete(`/api/endpoints/${narrow}`);
  await addEndpoint(b, a.app.url);
  const filtered = await ask(b);
  expect([filtered.status, await filtered.json()]).toMatchObject([403, { error: { code: 'filtered' } }]);
});

test('faults of a server behind a runner do not shut out that runner', async () => {
  const a = await machine();
  const b = await createTestApp();
  const id = await addEndpoint(b, a.app.url);
  a.upstream.script = answerJson(500, {
    error: { message: 'out of memory', type: 'server_error', code: null },
  });
  for (const _ of [1, 2, 3, 4, 5]) expect((await ask(b)).status).toBeGreaterThanOrEqual(500);
  const answer = await ask(b);
  // The other runner's own breaker says when to come back.
  expect([answer.status, answer.headers.get('x-upstream')]).toEqual([503, id]);
  expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
});
