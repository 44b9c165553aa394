/** Whom the gateway leaves alone for a while, and that nobody is left alone without need. */
import { expect, test } from 'vitest';
import { GATEWAY_HEADER, GATEWAY_ID_HEADER, GATEWAY_NAME } from '#contract/gateway-headers';
import { waitUntil } from '../testing/wait-until.ts';
import { answerJson, chunkOf, openStream, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import type { RawScript } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const ill: RawScript = (res) => answerJson(500, { error: { message: 'CUDA error' } })(res);
const fromGateway = { [GATEWAY_HEADER]: GATEWAY_NAME };
const loop: RawScript = (res) =>
  answerJson(508, { error: { message: 'It came back.', code: 'loop_detected' } }, fromGateway)(res);
const busy: RawScript = (res) => answerJson(503, { error: { message: 'busy', code: 'no_slot' } })(res);

test('a probe that has begun to stream lets the others in; if it breaks, the breaker opens again', async () => {
  let now = 0;
  const upstream = await rawUpstream(ill);
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], now: () => now });
  for (const _ of [1, 2, 3]) await app.post('/chat/completions', ASK);
  now = 5_000;
  const held: (() => void)[] = [];
  upstream.script = (res, request) => {
    if (!request.body.includes('"stream":true')) return sayHello(res, request);
    openStream(res);
    held.push(
      () => void res.write(chunkOf('hello')),
      () => void res.destroy(),
    );
  };
  const probe = await app.post('/chat/completions', { ...ASK, stream: true });
  expect((await app.post('/chat/completions', ASK)).status).toBe(503);
  const reader = probe.body?.getReader();
  held[0]?.();
  await reader?.read();
  const other = app.post('/chat/completions', { ...ASK, stream: true });
  await waitUntil('another one to be asked', () => held.length === 4);
  held[1]?.();
  while ((await reader?.read())?.done === false);
  await waitUntil('the account', () => app.records.some(({ errorCode }) => errorCode === 'upstream_error'));
  const refused = await app.post('/chat/completions', ASK);
  expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '10']);
  held[3]?.();
  await (await other).text();
});

test('answers that take longer than the limit shut nobody out of a server that has no other beside it; it is checked', async () => {
  const upstream = await rawUpstream((res, request) =>
    request.body.includes('slow') ? undefined : sayHello(res, request),
  );
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], timeoutMs: 500, now: () => 0 });
  const slow = await Promise.all(
    [1, 2, 3, 4].map(() => app.post('/chat/completions', { ...ASK, user: 'slow' })),
  );
  expect(slow.map(({ status }) => status)).toEqual([504, 504, 504, 504]);
  expect(app.failures).toContain('a');
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
});

test('a server that has answered nobody since goes behind the others for a while, one that has does not', async () => {
  let now = 0;
  const [hangs, good] = [await rawUpstream(() => undefined), await rawUpstream()];
  const endpoints = [endpointAt(hangs.url, { id: 'hangs' }), endpointAt(good.url, { id: 'good' })];
  const targets = endpoints.map(({ id }, priority) => ({ endpointId: id, model: null, weight: 1, priority }));
  const app = await testGateway({
    endpoints,
    routes: [{ model: 'm', fallback: [], targets }],
    timeoutMs: 500,
    now: () => now,
  });
  expect((await app.post('/chat/completions', ASK)).status).toBe(504);
  for (const _ of [1, 2, 3])
    expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('good');
  expect(hangs.requests).toHaveLength(1);
  now = 60_000;
  hangs.script = (res, request) => (request.body.includes('slow') ? undefined : sayHello(res, request));
  const slow = app.post('/chat/completions', { ...ASK, user: 'slow' });
  await waitUntil('it to be asked', () => hangs.requests.length === 2);
  await (await app.post('/chat/completions', ASK)).text();
  expect((await slow).status).toBe(504);
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('hangs');
});

test('a server is asked before other gateways, which take what it has no room for', async () => {
  const [real, other] = [await rawUpstream(), await rawUpstream()];
  const endpoints = [
    ...['g1', 'g2', 'g3'].map((id) => endpointAt(other.url, { id, isGateway: true })),
    endpointAt(real.url, { id: 'real', slots: 1 }),
  ];
  const app = await testGateway({ endpoints });
  for (const _ of [1, 2, 3, 4])
    expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('real');
  real.script = (res) => openStream(res);
  const held = await app.post('/chat/completions', { ...ASK, stream: true });
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toMatch(/^g/);
  await held.body?.cancel();
});

test('a loop is not told in the place of the fault, and takes none of the tries', async () => {
  const [real, round, good] = [await rawUpstream(busy), await rawUpstream(loop), await rawUpstream()];
  const loops = ['g1', 'g2', 'g3'].map((id) => endpointAt(round.url, { id, isGateway: true }));
  const endpoints = [endpointAt(real.url, { id: 'real' }), ...loops];
  const app = await testGateway({ endpoints, now: () => 0 });
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, await answer.json()]).toMatchObject([503, { error: { code: 'no_slot' } }]);
  app.endpoints.splice(0, 1);
  const alone = await app.post('/chat/completions', ASK);
  expect([alone.status, await alone.json()]).toMatchObject([508, { error: { code: 'loop_detected' } }]);
  app.endpoints.push(endpointAt(good.url, { id: 'far', isGateway: true }));
  const asked = round.requests.length;
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('far');
  expect(round.requests).toHaveLength(asked);
});

test('three that lead back here leave a fourth its try', async () => {
  const [round, good] = [await rawUpstream(loop), await rawUpstream()];
  const loops = ['g1', 'g2', 'g3'].map((id) => endpointAt(round.url, { id, isGateway: true }));
  const routes = [
    {
      model: 'm',
      fallback: [],
      targets: ['g1', 'g2', 'g3', 'good'].map((endpointId, priority) => ({
        endpointId,
        model: null,
        weight: 1,
        priority,
      })),
    },
  ];
  const app = await testGateway({ endpoints: [...loops, endpointAt(good.url, { id: 'good' })], routes });
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, answer.headers.get('x-upstream')]).toEqual([200, 'good']);
  expect(round.requests).toHaveLength(3);
});

test('a gateway that sent a request round is not sent one that has passed it, for a minute; others it still is', async () => {
  let now = 0;
  const round = await rawUpstream((res) => {
    answerJson(
      508,
      { error: { message: 'It came back.', code: 'loop_detected' } },
      { ...fromGateway, [GATEWAY_ID_HEADER]: 'x' },
    )(res);
  });
  const app = await testGateway({ endpoints: [endpointAt(round.url, { isGateway: true })], now: () => now });
  const statusBy = async (hops: string): Promise<number> =>
    (await app.post('/chat/completions', ASK, { headers: { 'x-llm-gateway-hops': hops } })).status;
  expect([await statusBy('x'), await statusBy('x'), await statusBy('xx'), round.requests.length]).toEqual([
    508, 503, 508, 2,
  ]);
  now = 120_000;
  expect([await statusBy('x'), round.requests.length]).toEqual([508, 3]);
});

test('a loop is not told where a server of the model is left alone for a moment', async () => {
  const [real, round] = [await rawUpstream(ill), await rawUpstream(loop)];
  const app = await testGateway({ endpoints: [endpointAt(real.url, { id: 'real' })], now: () => 0 });
  for (const _ of [1, 2, 3]) await app.post('/chat/completions', ASK);
  app.endpoints.push(endpointAt(round.url, { id: 'g', isGateway: true }));
  const answer = await app.post('/chat/completions', ASK);
  expect([answer.status, answer.headers.get('retry-after'), await answer.json()]).toMatchObject([
    503,
    '5',
    { error: { code: 'no_upstream' } },
  ]);
  expect(round.requests).toHaveLength(1);
});
