import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { waitUntil } from '../../testing/wait-until.ts';
import {
  ask,
  clientOn,
  embedded,
  fakeWorker,
  hang,
  linkTo,
  mosquitto,
  say,
  servers,
  topics,
  workerOn,
} from './testing/test-peers.ts';

const DONE = { done: true, finish_reason: 'stop' };

/** The rejection as data; a test that is answered fails. */
async function faultOf(asking: Promise<string>): Promise<unknown> {
  return asking.then(
    (text) => ({ answered: text }),
    (error: unknown) => error,
  );
}

async function asked(fake: { requests: unknown[] }, count = 1): Promise<void> {
  await waitUntil(`request ${count}`, () => fake.requests.length >= count);
}

it('frames that come twice or in another order make the same answer', async () => {
  const { address } = await mosquitto();
  const fake = await fakeWorker(address);
  const client = await clientOn(address);
  const asking = ask(client);
  await asked(fake);
  const frames = [
    { taken: 'started' },
    {
      seq: 1,
      content: 'b',
    },
    {
      seq: 0,
      content: 'a',
    },
    {
      seq: 0,
      content: 'a',
    },
    {
      seq: 3,
      ...DONE,
    },
    {
      seq: 1,
      content: 'b',
    },
    {
      seq: 2,
      content: 'c',
    },
    {
      seq: 3,
      ...DONE,
    },
  ];
  for (const frame of frames) await fake.send(frame);
  expect(await asking).toBe('abc');
  expect(client.counters.duplicates).toBe(2);
});

it('a frame that was lost is asked for again, and without it the request fails with a clear error', async () => {
  const { address } = await mosquitto();
  const fake = await fakeWorker(address);
  const client = await clientOn(address, { timing: { gapMs: 2_500 } });
  const wishes: unknown[] = [];
  fake.link.subscribe(topics.resends, ({ payload }) => wishes.push(JSON.parse(payload.toString())));
  const healed = ask(client);
  await asked(fake);
  for (const frame of [
    { seq: 0, content: 'a' },
    { seq: 2, ...DONE },
  ])
    await fake.send(frame);
  await waitUntil('the wish', () => wishes.length > 0);
  expect(wishes[0]).toEqual({ worker: fake.id, attempt: 1, from: 1 });
  await fake.send({ seq: 1, content: 'b' });
  expect(await healed).toBe('ab');

  const lost = faultOf(ask(client));
  await asked(fake, 2);
  for (const frame of [
    { seq: 0, content: 'a' },
    { seq: 2, ...DONE },
  ])
    await fake.send(frame);
  expect(await lost).toMatchObject({ code: 'frames_lost', status: 502 });
});

it('a worker that vanishes before its first frame is replaced, and the other one answers once', async () => {
  const { address } = await mosquitto();
  const fake = await fakeWorker(address);
  const client = await clientOn(address);
  const asking = ask(client);
  await asked(fake);
  await fake.send({ taken: 'started' });
  let count = 0;
  await workerOn(
    address,
    servers(() => {
      count += 1;
      return say('from the other');
    }),
  );
  fake.link.cut();
  expect(await asking).toBe('from the other');
  expect(count).toBe(1);
  expect(client.counters.askedAgain).toBe(1);
});

it('a worker that vanishes after its first frame ends the request with an error, and nobody answers it anew', async () => {
  const { address } = await mosquitto();
  const fake = await fakeWorker(address);
  const client = await clientOn(address);
  const pieces: unknown[] = [];
  const asking = faultOf(ask(client, { onPiece: (piece) => pieces.push(piece) }));
  await asked(fake);
  await fake.send({ seq: 0, content: 'once' });
  await waitUntil('the piece', () => pieces.length === 1);
  fake.link.cut();
  expect(await asking).toMatchObject({ code: 'worker_gone', status: 502 });
  expect(fake.requests).toHaveLength(1);
});

it('an answer outlives a broker that is killed and started again in its middle', async () => {
  const broker = await mosquitto();
  const restarted = Promise.withResolvers<void>();
  const port = servers(async function* () {
    yield [{ kind: 'content', text: 'before ' }];
    await restarted.promise;
    yield* say('after ', 'it');
  });
  await workerOn(broker.address, port);
  const client = await clientOn(broker.address);
  const pieces: unknown[] = [];
  const asking = ask(client, { onPiece: (piece) => pieces.push(piece) });
  await waitUntil('the first piece', () => pieces.length > 0);
  await broker.stop('SIGKILL');
  restarted.resolve();
  await broker.start();
  expect(await asking).toBe('before after it');
});

it('a request that is delivered twice is answered once', async () => {
  const { address } = await mosquitto();
  let count = 0;
  const { counters } = await workerOn(
    address,
    servers(() => {
      count += 1;
      return say('hello');
    }),
  );
  const link = await linkTo(address);
  const frames: string[] = [];
  link.subscribe(topics.responses('raw'), ({ payload }) => frames.push(payload.toString()));
  const request = { id: 'twice', client: 'raw', model: 'm', body: {} };
  await Promise.all([link.publish(topics.request('m'), request), link.publish(topics.request('m'), request)]);
  await waitUntil('the duplicate', () => counters.duplicates === 1);
  await waitUntil('the end', () => frames.some((frame) => frame.includes('"done"')));
  expect(count).toBe(1);
});

it('MQTT 5: a request may name its answer by response topic alone, below the prefix', async () => {
  const { address } = await mosquitto();
  const { counters } = await workerOn(
    address,
    servers(() => say('hello')),
  );
  const link = await linkTo(address);
  const frames: string[] = [];
  link.subscribe(topics.response('raw', 'mine'), ({ payload }) => frames.push(payload.toString()));
  const request = { id: 'r1', model: 'm', body: {} };
  await link.publish(topics.request('m'), request, { properties: { responseTopic: 'somewhere/else' } });
  await waitUntil('the refusal', () => counters.garbage === 1);
  await link.publish(topics.request('m'), request, {
    properties: { responseTopic: topics.response('raw', 'mine') },
  });
  await waitUntil('the end', () => frames.some((frame) => frame.includes('"done"')));
});

it.each([
  ['Mosquitto', () => mosquitto()],
  ['the embedded broker', () => embedded()],
])('a prompt of 256 KB and garbage on all topics of %s hurt nobody', async (_name, start) => {
  const { address } = await start();
  let length = 0;
  const { counters } = await workerOn(
    address,
    servers(({ body }) => {
      length = String(body['prompt']).length;
      return say('read');
    }),
  );
  const client = await clientOn(address);
  const stranger = await linkTo(address);
  const garbage = [
    '',
    '{',
    'null',
    '[]',
    '{"id":1}',
    '\u0000\u0001',
    JSON.stringify({ id: 'x', worker: '+', seq: -1 }),
    'x'.repeat(100_000),
  ];
  const places = [
    topics.request('m'),
    topics.cancel('x'),
    topics.resend('x'),
    topics.presence('x'),
    topics.response(client.clientId, 'x'),
  ];
  for (const place of places) for (const text of garbage) await stranger.publish(place, text);
  const prompt = randomBytes(128 * 1024).toString('hex');
  expect(await ask(client, { body: { prompt } })).toBe('read');
  expect(length).toBe(256 * 1024);
  expect(counters.garbage).toBeGreaterThan(10);
  expect(client.counters.garbage).toBeGreaterThan(10);
  expect(client.workers.list()).toHaveLength(1);
});

it('a request above the limit is refused before it is sent', async () => {
  const { address } = await mosquitto();
  const client = await clientOn(address, { seen: 0 });
  const asking = ask(client, { body: { prompt: 'x'.repeat(17 * 1024 * 1024) } });
  expect(await faultOf(asking)).toMatchObject({ code: 'too_large', status: 413 });
});

it('a server that says nothing ends the request after its timeout, and is stopped', async () => {
  const { address } = await mosquitto();
  let stopped: AbortSignal | null = null;
  const port = servers(async function* ({ signal }) {
    stopped = signal;
    yield [];
    await hang(signal);
  });
  await workerOn(address, port);
  const client = await clientOn(address);
  expect(await faultOf(ask(client, { timeoutMs: 800 }))).toMatchObject({ code: 'timeout', status: 504 });
  await waitUntil('the server to be stopped', () => stopped?.aborted);
});

it('without a worker a request fails, and without a broker, too', async () => {
  const broker = await mosquitto();
  const client = await clientOn(broker.address, { seen: 0, timing: { takenMs: 400 } });
  expect(await faultOf(ask(client))).toMatchObject({ code: 'no_worker', status: 503 });
  await broker.stop();
  expect(await faultOf(ask(client))).toMatchObject({ code: 'broker_down', status: 503 });
});

it('what a worker has no slot for goes to one that has, and waits where none has, up to a limit', async () => {
  const { address } = await mosquitto();
  const held: (() => void)[] = [];
  const port = () =>
    servers(async function* () {
      const { promise, resolve } = Promise.withResolvers<void>();
      held.push(resolve);
      await promise;
      yield* say('done');
    });
  const workers = [
    await workerOn(address, port(), { queueLimit: 1 }),
    await workerOn(address, port(), { queueLimit: 1 }),
  ];
  const client = await clientOn(address, { seen: 2 });
  const asking = Array.from({ length: 4 }, () => ask(client));
  await waitUntil(
    'both to be busy, with one waiting each',
    () => held.length === 2 && workers.every(({ worker }) => worker.queued === 1),
  );
  expect(await faultOf(ask(client))).toMatchObject({ code: 'queue_full', status: 503 });
  const release = setInterval(() => held.splice(0).forEach((resolve) => resolve()), 20);
  expect(await Promise.all(asking)).toEqual(['done', 'done', 'done', 'done']);
  clearInterval(release);
  const answered = (): number => workers.reduce((total, { counters }) => total + counters.answered, 0);
  await waitUntil('all to be counted', () => answered() === 4);
});
