import fc from 'fast-check';
import { expect, it } from 'vitest';
import { FrameOrder } from './frame-order.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import { remoteModels } from './presence-models.ts';
import { ShareGroups } from './share-groups.ts';
import { isMatch, topicsOf, topicWord } from './topics.ts';

it('whatever order and number frames come in, they leave once and in order', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(30), { maxLength: 200 }), (extra) => {
      const all = [...extra, ...Array.from({ length: 31 }, (_, seq) => seq)];
      const order = new FrameOrder<{ seq: number }>(64);
      const due = all.flatMap((seq) => order.take({ seq }, 0)).map(({ seq }) => seq);
      expect(due).toEqual(Array.from({ length: 31 }, (_, seq) => seq));
      expect(order.missingMs(1)).toBe(0);
    }),
  );
});

it('a gap is measured from when it was seen, and a frame too far ahead is a fault', () => {
  const order = new FrameOrder<{ seq: number }>(4);
  order.take({ seq: 1 }, 100);
  expect(order.missingMs(350)).toBe(250);
  order.take({ seq: 0 }, 400);
  expect(order.missingMs(500)).toBe(0);
  order.expect(3, 600);
  expect(order.missingMs(700)).toBe(100);
  expect(() => order.take({ seq: 9 }, 0)).toThrow(RangeError);
});

it('any model name is one level of a topic without wildcards', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', minLength: 1 }), (model) => {
      expect(topicWord(model)).toMatch(/^[\x21-\x7e]*$/);
      expect(topicWord(model)).not.toMatch(/[/+#$]/);
      expect(isMatch('llm/v1/req/+', topicsOf('llm').request(model))).toBe(true);
    }),
  );
});

it('filters match as MQTT says', () => {
  const cases: [string, string, boolean][] = [
    ...(
      [
        ['a/b', 'a/b', true],
        ['a/+', 'a/b', true],
        ['a/+', 'a', false],
        ['a/#', 'a', true],
        ['a/#', 'a/b/c', true],
      ] as const
    ).map((row) => [...row] as [string, string, boolean]),
    ...(
      [
        ['a/b', 'a', false],
        ['a', 'a/b', false],
        ['+/+', '/x', true],
      ] as const
    ).map((row) => [...row] as [string, string, boolean]),
  ];
  for (const [filter, topic, expected] of cases)
    expect([filter, topic, isMatch(filter, topic)]).toEqual([filter, topic, expected]);
});

it('members of a group get messages in turns, each one once, and others get all', () => {
  const groups = new ShareGroups();
  for (const client of ['a', 'b']) groups.join(client, '$share/g/t');
  groups.join('c', 't');
  const receivers = (message: number): string[] =>
    ['a', 'b', 'c'].filter((client) => groups.isFor(client, { topic: 't', message }));
  expect([1, 2, 3].map(receivers)).toEqual([
    ['a', 'c'],
    ['b', 'c'],
    ['a', 'c'],
  ]);
  groups.leave('a', '$share/g/t');
  expect([4, 5].map((message) => groups.isFor('b', { topic: 't', message }))).toEqual([true, true]);
});

it('the queue keeps the order over a broken connection, and says when it is full', async () => {
  const queue = new OutgoingQueue({ messages: 3, bytes: 100, underWay: 2 });
  const message = (topic: string, length = 1) => ({
    topic,
    payload: Buffer.alloc(length),
    isRetained: false,
  });
  const sent: string[] = [];
  const never = () => new Promise<never>(() => undefined);
  const adding = ['1', '2', '3'].map((topic) => queue.add(message(topic)));
  await expect(queue.add(message('4'))).rejects.toMatchObject({ code: 'queue_full' });
  queue.resume(({ topic }) => {
    sent.push(topic);
    return never();
  });
  queue.pause();
  queue.resume(({ topic }) => {
    sent.push(topic);
    return Promise.resolve({ isHeard: true });
  });
  await Promise.all(adding);
  expect(sent).toEqual(['1', '2', '1', '2', '3']);
  await expect(queue.add(message('5', 101))).rejects.toMatchObject({ code: 'queue_full' });
});

it('workers of one model add up, with the smallest context', () => {
  const offer = { model: 'm', slots: 2, busy: 1, queued: 0, context: 4096, vision: true };
  const worker = (rest: object) => ({
    worker: 'w',
    name: '',
    version: '',
    everyMs: 1000,
    models: [{ ...offer, ...rest }],
  });
  expect(
    remoteModels([worker({}), worker({ slots: 1, busy: 5, context: 2048, vision: false })]).get('m'),
  ).toEqual({
    model: 'm',
    slots: 3,
    busy: 2,
    context: 2048,
    vision: false,
  });
});
