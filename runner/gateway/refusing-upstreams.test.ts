/** Upstreams that answer fast and never with an answer: a refused key, too many requests, a web page. */
import { expect, test } from 'vitest';
import { GATEWAY_HEADER, GATEWAY_NAME } from '#contract/gateway-headers';
import { answerJson, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import type { RawScript, RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
/** "first" is preferred. */
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
const page = answerJson(200, '<html>Log in</html>', { 'content-type': 'text/html' });
const fromGateway = { [GATEWAY_HEADER]: GATEWAY_NAME };

interface Pair {
  first: RawUpstream;
  second: RawUpstream;
  app: TestGateway;
}

async function pairOf(script: RawScript, now = () => 0): Promise<Pair> {
  const [first, second] = [await rawUpstream(script), await rawUpstream()];
  const endpoints = [endpointAt(first.url, { id: 'first' }), endpointAt(second.url, { id: 'second' })];
  return { first, second, app: await testGateway({ endpoints, routes, now }) };
}

function refusal(status: number, code: string): (headers?: Record<string, string>) => RawScript {
  return (headers = {}) =>
    answerJson(status, { error: { message: `It is ${code}.`, type: 'x', param: null, code } }, headers);
}

test.each<[string, RawScript]>([
  ['401', refusal(401, 'invalid_api_key')()],
  ['401 of another gateway', refusal(401, 'invalid_api_key')(fromGateway)],
  ['403', refusal(403, 'forbidden')()],
  ['403 as a page', answerJson(403, '<html>', { 'content-type': 'text/html' })],
  ['a web page', page],
  ['a redirect', answerJson(302, '', { location: '/login' })],
])('%s: another upstream is asked, and after three in a row it is left alone', async (_, script) => {
  let now = 0;
  const { first, app } = await pairOf(script, () => now);
  for (const _ of [1, 2, 3, 4, 5]) {
    const answer = await app.post('/chat/completions', ASK);
    expect([answer.status, answer.headers.get('x-upstream')]).toEqual([200, 'second']);
  }
  expect(first.requests).toHaveLength(3);
  expect(app.failures).toContain('first');
  now = 5_000;
  first.script = sayHello;
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('first');
});

test('429: another upstream is asked, and it rests for its Retry-After, without counting as broken', async () => {
  let now = 0;
  const { first, app } = await pairOf(refusal(429, 'rate_limit')({ 'retry-after': '7' }), () => now);
  const ask = async (): Promise<string | null> =>
    (await app.post('/chat/completions', ASK)).headers.get('x-upstream');
  expect([await ask(), await ask()]).toEqual(['second', 'second']);
  expect(first.requests).toHaveLength(1);
  now = 6_999;
  expect(await ask()).toBe('second');
  expect(first.requests).toHaveLength(1);
  for (const _ of [1, 2, 3, 4]) {
    now += 7_000;
    expect(await ask()).toBe('second');
  }
  expect(first.requests).toHaveLength(5);
  now += 7_000;
  first.script = sayHello;
  expect(await ask()).toBe('first');
  expect(app.failures).toEqual([]);
});

test.each([
  ['an hour', { 'retry-after': '3600' }, 60_000],
  ['a moment in milliseconds', { 'retry-after-ms': '1500' }, 1_500],
  ['none', {}, 2_000],
  ['nonsense', { 'retry-after': 'soon' }, 2_000],
])('429 with a Retry-After of %s: the rest has its bounds', async (_, headers, restMs) => {
  let now = 0;
  const { first, app } = await pairOf(refusal(429, 'rate_limit')(headers), () => now);
  await app.post('/chat/completions', ASK);
  now = restMs - 1;
  await app.post('/chat/completions', ASK);
  expect(first.requests).toHaveLength(1);
  now = restMs;
  await app.post('/chat/completions', ASK);
  expect(first.requests).toHaveLength(2);
});

test('429 of the only upstream passes as it is, every time', async () => {
  const upstream = await rawUpstream(
    answerJson(429, 'Too Many Requests', { 'content-type': 'text/plain', 'retry-after': '30' }),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], now: () => 0 });
  for (const _ of [1, 2, 3, 4]) {
    const answer = await app.post('/chat/completions', ASK);
    expect([answer.status, answer.headers.get('retry-after'), await answer.text()]).toEqual([
      429,
      '30',
      'Too Many Requests',
    ]);
  }
  expect(upstream.requests).toHaveLength(4);
});

test('the only upstream refuses the key: a 502 that names it, never a 401; a 403 passes in its own words', async () => {
  const upstream = await rawUpstream(refusal(401, 'invalid_api_key')());
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  const unauthorized = await app.post('/chat/completions', ASK);
  expect([unauthorized.status, await unauthorized.json()]).toMatchObject([
    502,
    { error: { code: 'upstream_unauthorized', message: expect.stringContaining('"a" refused the API key') } },
  ]);
  upstream.script = refusal(403, 'forbidden')();
  const forbidden = await app.post('/chat/completions', ASK);
  expect([forbidden.status, await forbidden.json()]).toMatchObject([403, { error: { code: 'forbidden' } }]);
});

test.each([
  [
    'a filter of contents',
    answerJson(403, { error: { message: 'Input was flagged.', code: 'content_filter' } }),
    403,
  ],
  [
    'a route that it does not have',
    answerJson(404, '<html>Cannot POST', { 'content-type': 'text/html' }),
    502,
  ],
])('%s is no fault of the upstream', async (_, script, status) => {
  const upstream = await rawUpstream(script);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], now: () => 0 });
  for (const _ of [1, 2, 3, 4]) expect((await app.post('/chat/completions', ASK)).status).toBe(status);
  expect(upstream.requests).toHaveLength(4);
});
