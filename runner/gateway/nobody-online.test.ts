/** What a gateway does about servers that it thinks are down when a request needs them. */
import { expect, test } from 'vitest';
import { answerJson, rawUpstream, sayHello } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user', content: 'hi' }] };

test('all servers of a model are down: a request has each checked at once, at most once a second', async () => {
  let now = 10_000;
  const upstream = await rawUpstream();
  const [a, b, other] = ['a', 'b', 'other'].map((id) =>
    endpointAt(upstream.url, { id, status: 'offline', models: [id], model: id }),
  );
  const endpoints = [{ ...a, model: 'm' }, { ...b, model: 'm' }, other].map((endpoint) =>
    endpointAt(upstream.url, endpoint),
  );
  const app = await testGateway({ endpoints, now: () => now });
  const answers = await Promise.all([1, 2, 3].map(() => app.post('/chat/completions', ASK)));
  for (const { status, headers } of answers) expect([status, headers.get('retry-after')]).toEqual([503, '2']);
  expect(app.failures).toEqual(['a', 'b']);
  now += 999;
  await app.post('/chat/completions', ASK);
  expect(app.failures).toEqual(['a', 'b']);
  now += 1;
  await app.post('/chat/completions', ASK);
  expect(app.failures).toEqual(['a', 'b', 'a', 'b']);
  app.endpoints[0] = endpointAt(upstream.url, { id: 'a' });
  expect((await app.post('/chat/completions', ASK)).headers.get('x-upstream')).toBe('a');
});

test('also one whose breaker is open; not one that a request would launch, nor where somebody answers', async () => {
  const upstream = await rawUpstream((res) => answerJson(500, { error: { message: 'CUDA error' } })(res));
  const endpoints = [
    endpointAt(upstream.url, { id: 'a' }),
    endpointAt(upstream.url, { id: 'b', status: 'offline', model: 'small', models: ['small'] }),
    endpointAt(upstream.url, {
      id: 'on-demand',
      status: 'offline',
      onDemand: true,
      model: 'big',
      models: ['big'],
    }),
    endpointAt(upstream.url, { id: 'c', model: 'small', models: ['small'] }),
  ];
  const enter = (id: string): (() => void) | null => (id === 'on-demand' ? null : () => {});
  const models = { enter, load: () => Promise.reject(new Error('no room')) };
  const app = await testGateway({ endpoints, models, now: () => 10_000 });
  for (const _ of [1, 2, 3]) await app.post('/chat/completions', ASK);
  expect(app.failures).toEqual([]);
  expect((await app.post('/chat/completions', ASK)).headers.get('retry-after')).toBe('5');
  expect(app.failures).toEqual(['a']);
  upstream.script = sayHello;
  expect((await app.post('/chat/completions', { ...ASK, model: 'small' })).status).toBe(200);
  await app.post('/chat/completions', { ...ASK, model: 'big' });
  expect(app.failures).toEqual(['a']);
});
