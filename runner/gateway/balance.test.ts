import { expect, test } from 'vitest';
import { chunkOf, openStream, rawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';

const ask = (content: string): object => ({
  model: 'm',
  stream: true,
  messages: [{ role: 'user', content }],
});

test('requests under one name are spread by load', async () => {
  const upstream = await rawUpstream((res) => {
    openStream(res);
    res.write(chunkOf('one'));
  });
  const app = await testGateway({ endpoints: ['a', 'b', 'c'].map((id) => endpointAt(upstream.url, { id })) });
  const chosen: string[] = [];
  for (const text of ['1', '2', '3', '4', '5', '6'])
    chosen.push((await app.post('/chat/completions', ask(text))).headers.get('x-upstream') ?? '');
  expect(chosen.toSorted((left, right) => left.localeCompare(right))).toEqual(['a', 'a', 'b', 'b', 'c', 'c']);
});

test('a conversation goes on where it began, unless its upstream is too full', async () => {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: ['a', 'b', 'c'].map((id) => endpointAt(upstream.url, { id })) });
  const chosen: string[] = [];
  for (const _ of [1, 2, 3, 4]) {
    const answer = await app.post('/chat/completions', ask('the same'));
    await answer.text();
    chosen.push(`${answer.headers.get('x-upstream')} ${answer.headers.get('x-upstream-reason')}`);
  }
  const [id] = chosen[0]?.split(' ') ?? [];
  expect(chosen.slice(1)).toEqual([`${id} affinity`, `${id} affinity`, `${id} affinity`]);
  upstream.script = (res) => openStream(res);
  const open = await Promise.all([1, 2].map(() => app.post('/chat/completions', ask('the same'))));
  expect(open.map((answer) => answer.headers.get('x-upstream-reason'))).toEqual(['affinity', 'affinity']);
  const third = await app.post('/chat/completions', ask('the same'));
  expect(third.headers.get('x-upstream-reason')).toBe('least-busy');
  expect(third.headers.get('x-upstream')).not.toBe(id);
});

test('busy slots of others count', async () => {
  const upstream = await rawUpstream();
  const endpoints = [
    endpointAt(upstream.url, { id: 'a', busySlots: 3, checkedAt: '1' }),
    endpointAt(upstream.url, { id: 'b', checkedAt: '1' }),
  ];
  const app = await testGateway({ endpoints });
  for (const text of ['1', '2', '3']) {
    const answer = await app.post('/chat/completions', ask(text));
    await answer.text();
    expect(answer.headers.get('x-upstream')).toBe('b');
  }
});
