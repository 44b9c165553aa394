/** Who gets an upstream while others wait for one, and that nobody keeps what is not used. */
import { expect, test } from 'vitest';
import type { GatewayRoute } from '#contract/gateway';
import { waitUntil } from '../testing/wait-until.ts';
import { answerJson, chunkOf, openStream, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

/** Streams end when the test says so, what is not streamed at once. */
async function heldUpstream(): Promise<RawUpstream & { open: (() => void)[] }> {
  const open: (() => void)[] = [];
  const upstream = await rawUpstream((res, request) => {
    if (!request.body.includes('"stream":true')) return sayHello(res, request);
    openStream(res);
    res.write(chunkOf('hello'));
    open.push(() => res.end('data: [DONE]\n\n'));
  });
  return Object.assign(upstream, { open });
}

function routeTo(model: string, ...ids: string[]): GatewayRoute {
  return {
    model,
    fallback: [],
    targets: ids.map((endpointId) => ({ endpointId, model: null, weight: 1, priority: 0 })),
  };
}

test('one that waits because the idle server has refused it does not hold up the others', async () => {
  const [a, b] = [
    await rawUpstream((res) => answerJson(503, { error: { message: 'busy' } })(res)),
    await heldUpstream(),
  ];
  const app = await testGateway({
    endpoints: [endpointAt(a.url, { slots: 1 }), endpointAt(b.url, { id: 'b', slots: 1 })],
    routes: [routeTo('only-b', 'b')],
  });
  const held = await app.post('/chat/completions', { ...ASK, model: 'only-b', stream: true });
  const refused = app.post('/chat/completions', ASK);
  await waitUntil('it to wait for b', () => a.requests.length === 1 && app.gateway.waiting === 1);
  a.script = sayHello;
  for (const _ of [1, 2, 3])
    expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('a');
  expect(app.gateway.waiting).toBe(1);
  b.open[0]?.();
  await held.text();
  expect((await refused).headers.get('x-upstream')).toBe('b');
});

test('nor those behind it, once the server that refused it has room', async () => {
  const [a, b] = [await heldUpstream(), await heldUpstream()];
  const holdUp = a.script;
  a.script = answerJson(503, { error: { message: 'busy' } });
  const app = await testGateway({
    endpoints: [endpointAt(a.url, { slots: 1 }), endpointAt(b.url, { id: 'b', slots: 1 })],
    routes: [routeTo('only-b', 'b')],
  });
  const holdB = await app.post('/chat/completions', { ...ASK, model: 'only-b', stream: true });
  const refused = app.post('/chat/completions', ASK);
  await waitUntil('it to wait for b', () => a.requests.length === 1 && app.gateway.waiting === 1);
  a.script = holdUp;
  const holdA = await app.post('/chat/completions', { ...ASK, stream: true });
  const behind = app.post('/chat/completions', ASK);
  await waitUntil('both to wait', () => app.gateway.waiting === 2);
  a.open[0]?.();
  await holdA.text();
  expect((await behind).headers.get('x-upstream')).toBe('a');
  b.open[0]?.();
  await holdB.text();
  expect((await refused).headers.get('x-upstream')).toBe('b');
});

test('a name that no header can hold costs no slot', async () => {
  const upstream = await rawUpstream();
  let leases = 0;
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url, { slots: 1 })],
    models: {
      enter: () => {
        leases += 1;
        return () => void (leases -= 1);
      },
      load: () => Promise.reject(new Error('nothing is loaded here')),
    },
    routes: [routeTo('b\ud800', 'a'), { ...routeTo('x', 'gone'), fallback: ['b\ud800'] }],
  });
  for (const model of ['x', 'x', 'm'])
    expect((await app.post('/chat/completions', { ...ASK, model })).status).toBe(200);
  await app.record(3);
  expect(leases).toBe(0);
});

test('a server that is loaded and does not answer is not loaded again: it is checked, and another one is asked', async () => {
  const upstream = await rawUpstream();
  const loads: string[] = [];
  let leases = 0;
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url, { id: 'frozen', status: 'offline', onDemand: true })],
    models: {
      enter: () => {
        leases += 1;
        return () => void (leases -= 1);
      },
      load: (id) => {
        loads.push(id);
        leases += 1;
        return Promise.resolve(() => void (leases -= 1));
      },
    },
  });
  const refused = await app.post('/chat/completions', ASK);
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
    503,
    '2',
    { error: { code: 'no_upstream', message: expect.stringContaining('does not answer') as string } },
  ]);
  expect([loads, leases, app.failures]).toEqual([[], 0, ['frozen']]);
  app.endpoints.push(endpointAt(upstream.url, { id: 'other' }));
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('other');
});

test('a listener that throws harms no answer', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)] });
  app.gateway.changed.subscribe(() => {
    throw new Error('a fault of the listener');
  });
  expect((await app.post('/chat/completions', ASK)).status).toBe(200);
  await waitUntil('the end', () => app.faults.length === 2);
  expect(app.gateway.live()).toEqual([]);
});
