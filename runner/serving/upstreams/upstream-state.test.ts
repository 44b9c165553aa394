import { expect, test } from 'vitest';
import { Affinity, conversationOf } from './affinity.ts';
import { Breakers } from './breaker.ts';
import { endpointAt } from '../../gateway/testing/test-gateway.ts';
import { UpstreamLoad } from './upstream-load.ts';

test('a breaker opens after three failures in a row, each time twice as long, at most a minute', () => {
  let now = 0;
  const breakers = new Breakers(() => now);
  for (const _ of [1, 2]) breakers.begin('a').failed();
  breakers.begin('a').succeeded();
  for (const _ of [1, 2]) breakers.begin('a').failed();
  expect(breakers.waitMs('a')).toBe(0);
  breakers.begin('a').failed();
  const waits: number[] = [];
  for (const _ of [1, 2, 3, 4, 5, 6]) {
    waits.push(breakers.waitMs('a'));
    now += breakers.waitMs('a');
    breakers.begin('a').failed();
  }
  expect(waits).toEqual([5_000, 10_000, 20_000, 40_000, 60_000, 60_000]);
});

test('half open, one request at a time; one that proves nothing lets the next one try', () => {
  let now = 0;
  const breakers = new Breakers(() => now);
  for (const _ of [1, 2, 3]) breakers.begin('a').failed();
  now = 5_000;
  const probe = breakers.begin('a');
  expect(breakers.waitMs('a')).toBeGreaterThan(0);
  probe.inconclusive();
  expect(breakers.waitMs('a')).toBe(0);
  breakers.begin('a').succeeded();
  expect(breakers.waitMs('a')).toBe(0);
  breakers.begin('a').failed();
  expect(breakers.waitMs('a')).toBe(0);
});

test('requests that were under way when it opened do not open it further', () => {
  const breakers = new Breakers(() => 0);
  const trials = Array.from({ length: 10 }, () => breakers.begin('a'));
  for (const trial of trials) trial.failed();
  expect(breakers.waitMs('a')).toBe(5_000);
});

test('load: our own are counted, and of the busy slots those that cannot have been ours', () => {
  const load = new UpstreamLoad();
  const leave = load.enter('a');
  load.observe([endpointAt('http://x', { busySlots: 3, checkedAt: '1' })]);
  expect(load.of('a')).toBe(3);
  leave();
  leave();
  expect(load.of('a')).toBe(2);
  load.observe([endpointAt('http://x', { busySlots: 3, checkedAt: '1' })]);
  expect(load.of('a')).toBe(2);
  load.observe([endpointAt('http://x', { busySlots: 0, checkedAt: '2' })]);
  expect(load.of('a')).toBe(0);
});

const user = (content: unknown): object => ({ role: 'user', content });

test('the turns of a conversation are one, another beginning is another', () => {
  const first = { messages: [{ role: 'system', content: 's' }, user('hello')] };
  const later = {
    messages: [...first.messages, { role: 'assistant', content: 'hi' }, user('and?')],
    temperature: 1,
  };
  expect(conversationOf('m', later)).toBe(conversationOf('m', first));
  for (const other of [
    { messages: [user('hello')] },
    { messages: [{ role: 'system', content: 's' }, user('hallo')] },
  ]) {
    expect(conversationOf('m', other)).not.toBe(conversationOf('m', first));
  }
  expect(conversationOf('n', first)).not.toBe(conversationOf('m', first));
});

test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
  [
    'parts',
    { messages: [user([{ type: 'text', text: 'a' }])] },
    { messages: [user([{ type: 'text', text: 'b' }])] },
  ],
  ['Anthropic’s system', { system: 'a', messages: [user('x')] }, { system: 'b', messages: [user('x')] }],
  ['parts, by where one ends', { messages: [user(['a', 'bc'])] }, { messages: [user(['ab', 'c'])] }],
  [
    'a picture',
    { messages: [user([{ image_url: { url: 'a' } }])] },
    { messages: [user([{ image_url: { url: 'b' } }])] },
  ],
  ['instructions', { instructions: 'a', input: 'x' }, { instructions: 'b', input: 'x' }],
  ['prompts', { prompt: 'a' }, { prompt: 'b' }],
  ['nonsense', { messages: [null, 1, user(null)] }, { messages: [null, 1, user(undefined)] }],
])('%s tell conversations apart', (_, left, right) => {
  expect(conversationOf('m', left)).not.toBe(conversationOf('m', right));
});

test('of a long list and of a long text only the beginning is looked at', () => {
  let looks = 0;
  const content = new Proxy(
    Array.from({ length: 5_000 }, () => ({ type: 'text', text: '' })),
    {
      get(target, name, receiver): unknown {
        looks += 1;
        return Reflect.get(target, name, receiver);
      },
    },
  );
  expect(conversationOf('m', { messages: [user(content)] })).not.toBeNull();
  expect(looks).toBeLessThan(300);
});

test('embeddings have no conversation', () => {
  expect(conversationOf('m', { input: ['a', 'b'] })).toBeNull();
});

test('of very many conversations the ones unused for longest are forgotten', () => {
  const affinity = new Affinity();
  for (let index = 0; index < 20_000; index += 1) affinity.remember(String(index), 'a');
  affinity.remember('0', 'b');
  affinity.remember('new', 'a');
  expect([affinity.lastOf('0'), affinity.lastOf('1'), affinity.lastOf('2')]).toEqual(['b', null, 'a']);
});
