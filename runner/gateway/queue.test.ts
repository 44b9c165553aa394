import { expect, test } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { waitUntil } from '../testing/wait-until.ts';
import { UpstreamFailure } from '../serving/upstream-failure.ts';
import type { ModelsPort } from '../serving/serving-request.ts';
import { answerJson, chunkOf, openStream, rawUpstream } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway, TestGatewayOptions } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };
const DONE = 'data: [DONE]\n\n';

/** An upstream whose answers the test ends one by one, oldest first. */
async function heldUpstream(): Promise<RawUpstream & { open: (() => void)[] }> {
  const open: (() => void)[] = [];
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('hello'));
    open.push(() => res.end(DONE));
  });
  return Object.assign(upstream, { open });
}

const places = (app: TestGateway): (number | null | undefined)[] =>
  app.gateway.live().map(({ place }) => place);

test('beyond the slots of its servers requests wait in order, each with its place', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })] });
  const all = [];
  for (const content of ['1', '2', '3']) {
    all.push(app.post('/chat/completions', { ...ASK, stream: true, messages: [{ role: 'user', content }] }));
    await waitUntil(
      'the request to arrive',
      () => app.gateway.live().length === all.length && places(app).at(-1) !== undefined,
    );
    if (all.length === 1) await waitUntil('the first to be asked', () => upstream.open.length === 1);
    else await waitUntil('it to wait', () => places(app).at(-1) === all.length - 1);
  }
  expect(places(app)).toEqual([null, 1, 2]);
  expect(app.gateway.live().map(({ state }) => state)).toEqual(['answering', 'queued', 'queued']);
  expect(app.gateway.waiting).toBe(2);
  for (const [index, request] of all.entries()) {
    await waitUntil('its turn', () => upstream.open.length === index + 1);
    upstream.open[index]?.();
    expect(await (await request).text()).toContain('hello');
  }
  expect(upstream.requests.map(({ body }) => /"content":"(\d)"/.exec(body.toString())?.[1])).toEqual([
    '1',
    '2',
    '3',
  ]);
});

test('one that leaves while it waits is gone, and never asked', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })] });
  const first = await app.post('/chat/completions', { ...ASK, stream: true });
  const leaving = new AbortController();
  const second = app.post('/chat/completions', ASK, { signal: leaving.signal });
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  leaving.abort();
  await expect(second).rejects.toThrow();
  await waitUntil('it to be gone', () => app.gateway.live().length === 1);
  upstream.open[0]?.();
  await first.text();
  await app.record(2);
  expect(upstream.requests).toHaveLength(1);
});

test('the line has an end: 503 queue_full, to be tried again later', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })], maxQueued: 1 });
  const first = await app.post('/chat/completions', { ...ASK, stream: true });
  const second = app.post('/chat/completions', { ...ASK, stream: true });
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  const refused = await app.post('/chat/completions', ASK);
  expect([refused.status, refused.headers.get('retry-after'), refused.headers.get('x-should-retry')]).toEqual(
    [503, '5', null],
  );
  expect(await refused.json()).toMatchObject({ error: { code: 'queue_full', type: 'server_error' } });
  upstream.open[0]?.();
  await first.text();
  await waitUntil('its turn', () => upstream.open.length === 2);
  upstream.open[1]?.();
  await (await second).text();
});

test('bodies that wait have a limit in all: beyond it 503 queue_full, small ones still wait, and what ended counts no more', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url, { slots: 1 })],
    maxWaitingBytes: 3_000,
  });
  const big = { ...ASK, stream: true, messages: [{ role: 'user', content: 'x'.repeat(2_000) }] };
  const all = [app.post('/chat/completions', big)];
  await waitUntil('the first to be asked', () => upstream.open.length === 1);
  all.push(app.post('/chat/completions', big));
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  const refused = await app.post('/chat/completions', big);
  expect([refused.status, refused.headers.get('retry-after'), await refused.json()]).toMatchObject([
    503,
    '5',
    { error: { code: 'queue_full' } },
  ]);
  const leaving = new AbortController();
  const small = app.post('/chat/completions', { ...ASK, stream: true }, { signal: leaving.signal });
  await waitUntil('a small one to wait', () => app.gateway.waiting === 2);
  leaving.abort();
  await expect(small).rejects.toThrow();
  for (const index of [0, 1]) {
    await waitUntil('its turn', () => upstream.open.length === index + 1);
    if (index === 1) {
      all.push(app.post('/chat/completions', big));
      await waitUntil('another big one to wait', () => app.gateway.waiting === 1);
    }
    upstream.open[index]?.();
    await (await all[index])?.text();
  }
  await waitUntil('its turn', () => upstream.open.length === 3);
  upstream.open[2]?.();
  await (await all[2])?.text();
});

test('they count while a model is loaded for them, too; a fallback takes what may not wait', async () => {
  const upstream = await rawUpstream();
  const endpoints = [
    endpointAt(upstream.url, { status: 'offline', onDemand: true }),
    endpointAt(upstream.url, { id: 'b', model: 'small', models: ['small'] }),
  ];
  const models: ModelsPort = {
    enter: (id) => (id === 'a' ? null : () => undefined),
    load: async (_id, { signal, onPlace }) => {
      onPlace(1);
      return new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason as Error)),
      );
    },
  };
  const app = await testGateway({
    endpoints,
    models,
    maxWaitingBytes: 100,
    routes: [
      {
        model: 'm',
        targets: [],
        fallback: ['small'],
      },
    ],
  });
  const leaving = new AbortController();
  const first = app.post('/chat/completions', ASK, { signal: leaving.signal });
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  const second = await app.post('/chat/completions', ASK);
  expect([second.status, second.headers.get('x-upstream-reason')]).toEqual([200, 'fallback=small; only']);
  leaving.abort();
  await expect(first).rejects.toThrow();
});

test('a full model is no reason to wait where a fallback has room', async () => {
  const upstream = await heldUpstream();
  const small = await rawUpstream();
  const app = await testGateway({
    endpoints: [
      endpointAt(upstream.url, { slots: 1 }),
      endpointAt(small.url, { id: 'b', model: 'small', models: ['small'] }),
    ],
    routes: [{ model: 'm', targets: [], fallback: ['small'] }],
    maxQueued: 0,
  });
  const first = await app.post('/chat/completions', { ...ASK, stream: true });
  const second = await app.post('/chat/completions', ASK);
  expect([second.status, second.headers.get('x-upstream'), second.headers.get('x-upstream-reason')]).toEqual([
    200,
    'b',
    'fallback=small; only',
  ]);
  upstream.open[0]?.();
  await first.text();
});

test('counting tokens does not wait for a slot', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })] });
  const first = await app.post('/chat/completions', { ...ASK, stream: true });
  upstream.script = (res) => answerJson(200, { tokens: [1] })(res);
  expect((await app.post('/tokenize', { model: 'm', content: 'x' })).status).toBe(200);
  upstream.open[0]?.();
  await first.text();
});

test('whoever waits takes the place of a server that comes online', async () => {
  const upstream = await heldUpstream();
  const other = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { slots: 1 })] });
  const first = await app.post('/chat/completions', { ...ASK, stream: true });
  const second = app.post('/chat/completions', ASK);
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  app.endpoints.push(endpointAt(other.url, { id: 'b' }));
  app.endpointsChanged.emit();
  expect((await second).headers.get('x-upstream')).toBe('b');
  upstream.open[0]?.();
  await first.text();
});

interface Loading {
  loads: string[];
  leases: number;
  finish: () => void;
  fail: (error: UpstreamFailure) => void;
}

/** One endpoint that is online only after its load has been finished by the test. */
async function onDemandGateway(
  options: TestGatewayOptions = {},
): Promise<{ app: TestGateway; upstream: RawUpstream; loading: Loading }> {
  const upstream = await rawUpstream();
  const endpoints: Endpoint[] = [endpointAt(upstream.url, { status: 'offline', onDemand: true })];
  const loading: Loading = { loads: [], leases: 0, finish: () => {}, fail: () => {} };
  const lease = (): (() => void) => {
    loading.leases += 1;
    return () => void (loading.leases -= 1);
  };
  const models: ModelsPort = {
    enter: (id) => (endpoints.find((endpoint) => endpoint.id === id)?.status === 'online' ? lease() : null),
    load: (id, { signal, onPlace }) => {
      loading.loads.push(id);
      onPlace(1);
      return new Promise((resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
        loading.fail = reject;
        loading.finish = () => {
          endpoints[0] = endpointAt(upstream.url, { onDemand: true });
          resolve(lease());
        };
      });
    },
  };
  return { app: await testGateway({ endpoints, models, ...options }), upstream, loading };
}

test('a model that is not loaded is loaded first, and kept until the answer is whole', async () => {
  const { app, loading } = await onDemandGateway();
  const asked = app.post('/chat/completions', ASK);
  await waitUntil('the load', () => loading.loads.length === 1);
  expect(app.gateway.live()).toMatchObject([{ state: 'queued', place: 1 }]);
  loading.finish();
  const answer = await asked;
  expect([answer.status, answer.headers.get('x-upstream-reason')]).toEqual([200, 'loaded; only']);
  await answer.text();
  await app.record();
  expect(loading.leases).toBe(0);
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream-reason')).toBe('only');
});

test('the list of models has it before it is loaded', async () => {
  const { app } = await onDemandGateway();
  const list = (await (await fetch(`${app.url}/models`)).json()) as { data: { id: string }[] };
  expect(list.data.map(({ id }) => id)).toEqual(['m']);
  expect((await fetch(`${app.url}/models/m`)).status).toBe(200);
});

test('the client of a stream hears comments while it waits, and then the whole stream', async () => {
  const { app, loading } = await onDemandGateway({ commentEveryMs: 5 });
  const answer = await app.post('/chat/completions', { ...ASK, stream: true });
  expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'text/event-stream']);
  loading.finish();
  const text = await answer.text();
  expect(text).toMatch(/^(: waiting for the model, place 1\n\n)+data: /);
  expect(text).toContain('data: [DONE]');
  expect(await app.record()).toMatchObject({ status: 200, errorCode: null });
});

test('beneath comments a failure is an error event, whatever it was', async () => {
  const { app, loading, upstream } = await onDemandGateway({ commentEveryMs: 5 });
  const failed = await app.post('/chat/completions', { ...ASK, stream: true });
  loading.fail(new UpstreamFailure({ code: 'load_failed', message: 'out of memory', canRetry: true }));
  expect(await failed.text()).toMatch(
    /place 1\n\ndata: \{"error":\{"message":"out of memory".*"model_load_failed"\}\}\n\n$/,
  );
  expect(await app.record()).toMatchObject({ status: 502, errorCode: 'model_load_failed' });
  for (const [status, type] of [
    [400, 'application/json'],
    [200, 'application/json'],
    [500, 'text/plain'],
  ] as const) {
    upstream.script = (res) => {
      res.writeHead(status, { 'content-type': type });
      res.end('{"error":{"message":"no such thing"}}');
    };
    app.endpoints[0] = endpointAt(upstream.url, { status: 'offline', onDemand: true });
    const loads = loading.loads.length;
    const answer = await app.post('/chat/completions', { ...ASK, stream: true });
    expect(answer.status).toBe(200);
    await waitUntil('the load', () => loading.loads.length === loads + 1);
    loading.finish();
    expect(await answer.text()).toMatch(/place 1\n\ndata: \{"error":.*\}\n\n$/);
  }
});

test('a load that fails is told before the head where nothing was sent, and a fallback stands in', async () => {
  const { app, loading } = await onDemandGateway();
  const asked = app.post('/chat/completions', ASK);
  await waitUntil('the load', () => loading.loads.length === 1);
  loading.fail(new UpstreamFailure({ code: 'no_memory', message: 'no room', canRetry: true }));
  const refused = await asked;
  expect([refused.status, await refused.json()]).toMatchObject([
    503,
    { error: { code: 'no_memory', message: 'no room' } },
  ]);
  const small = await rawUpstream();
  app.endpoints.push(endpointAt(small.url, { id: 'b', model: 'small', models: ['small'] }));
  app.routes.push({ model: 'm', targets: [], fallback: ['small'] });
  const again = app.post('/chat/completions', ASK);
  await waitUntil('the load', () => loading.loads.length === 2);
  loading.fail(new UpstreamFailure({ code: 'no_memory', message: 'no room', canRetry: true }));
  expect((await again).headers.get('x-upstream-reason')).toBe('fallback=small; only');
});

test('a server that is gone each time it was loaded is not loaded for ever', async () => {
  const { app, loading } = await onDemandGateway({
    models: { enter: () => null, load: () => Promise.resolve(() => {}) },
  });
  expect(loading.loads).toEqual([]);
  const refused = await app.post('/chat/completions', ASK);
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'no_upstream' } }]);
});

test('a client that leaves during the load is no longer waited for', async () => {
  const { app, loading } = await onDemandGateway();
  const leaving = new AbortController();
  const asked = app.post('/chat/completions', ASK, { signal: leaving.signal });
  await waitUntil('the load', () => loading.loads.length === 1);
  leaving.abort();
  await expect(asked).rejects.toThrow();
  expect(await app.record()).toMatchObject({ status: 499, errorCode: 'client_closed' });
});

test('a revoked key ends what it has under way, waiting or streaming', async () => {
  const upstream = await heldUpstream();
  const app = await testGateway({
    endpoints: [endpointAt(upstream.url, { slots: 1 })],
    admission: { check: ({ secret }) => ({ keyId: secret, keyName: secret, headers: {} }) },
  });
  const as = (key: string): object => ({ headers: { authorization: `Bearer ${key}` } });
  const first = await app.post('/chat/completions', { ...ASK, stream: true }, as('bad'));
  const waiting = app.post('/chat/completions', ASK, as('bad'));
  const other = app.post('/chat/completions', { ...ASK, stream: true }, as('good'));
  await waitUntil('two to wait', () => app.gateway.waiting === 2);
  app.gateway.cutKey('bad');
  expect(await first.text()).toMatch(/hello[\s\S]*"code":"key_revoked"\}\}\n\n$/);
  const refused = await waiting;
  expect([refused.status, refused.headers.get('x-should-retry')]).toEqual([401, 'false']);
  await waitUntil('the other to be asked', () => upstream.open.length === 2);
  upstream.open[1]?.();
  expect(await (await other).text()).toContain('[DONE]');
});
