/** Requests that name no model: which one they get is the one that their key was checked for. */
import { expect, test } from 'vitest';
import { waitUntil } from '../testing/wait-until.ts';
import { chunkOf, openStream, rawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const UNNAMED = { messages: [{ role: 'user', content: 'hi' }] };

test.each([
  ['another gateway', { isGateway: true, models: ['m'] }, '{"model":"m","messages":[]}'],
  ['a server of several models', { models: ['m', 'secret'] }, '{"model":"m","messages":[]}'],
  [
    'another gateway for which none was chosen',
    { isGateway: true, model: null, models: ['first', 'secret'] },
    '{"model":"first","messages":[]}',
  ],
  ['a server of one model', {}, '{"messages":[]}'],
])('%s is told the model that was checked, where it could take another', async (_, fields, expected) => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, fields)] });
  expect((await app.post('/chat/completions', '{"messages":[]}')).status).toBe(200);
  expect(upstream.requests[0]?.body.toString()).toBe(expected);
  const { model } = await app.record();
  expect(expected.includes('model') ? expected : '"m"').toContain(`"${model}"`);
});

test('"model": null names none either', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { isGateway: true })] });
  for (const body of ['{"x":1e400,"model": null}', '{ }']) await app.post('/chat/completions', body);
  expect(upstream.requests.map(({ body }) => body.toString())).toEqual([
    '{"x":1e400,"model": "m"}',
    '{"model":"m" }',
  ]);
});

test('while it waits, another default is none that its key was checked for', async () => {
  const ends: (() => void)[] = [];
  const cheap = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('hello'));
    ends.push(() => res.end());
  });
  const dear = await rawUpstream();
  const app = await testGateway({
    endpoints: [endpointAt(cheap.url, { slots: 1, model: 'cheap', models: ['cheap'] })],
  });
  const first = await app.post('/chat/completions', { ...UNNAMED, stream: true });
  const waiting = app.post('/chat/completions', UNNAMED);
  await waitUntil('it to wait', () => app.gateway.waiting === 1);
  app.endpoints[0] = endpointAt(dear.url, { id: 'dear', model: 'dear', models: ['dear'] });
  app.endpointsChanged.emit();
  const refused = await waiting;
  expect([refused.status, await refused.json()]).toMatchObject([503, { error: { code: 'no_upstream' } }]);
  expect(dear.requests).toHaveLength(0);
  expect((await app.post('/chat/completions', UNNAMED)).headers.get('x-upstream')).toBe('dear');
  ends[0]?.();
  await first.text();
});
