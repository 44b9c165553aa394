import { expect, it } from 'vitest';
import { ask, clientOn, embedded, hang, mosquitto, say, servers, workerOn } from './testing/test-peers.ts';
import type { BrokerAddress } from './mqtt-link.ts';
import { waitUntil } from '../../testing/wait-until.ts';

const BROKERS: [string, () => Promise<{ address: BrokerAddress }>][] = [
  ['Mosquitto', () => mosquitto()],
  ['the embedded broker', () => embedded()],
];

it.each(BROKERS)('an answer comes over %s piece by piece, in order', async (_name, start) => {
  const { address } = await start();
  const words = Array.from({ length: 200 }, (_, index) => `${index} `);
  await workerOn(
    address,
    servers(() => say(...words)),
  );
  const client = await clientOn(address);
  const kinds: string[] = [];
  const text = await ask(client, {
    onPiece: (piece) => kinds.push('done' in piece ? `done ${piece.finish_reason}` : 'piece'),
  });
  expect(text).toBe(words.join(''));
  expect(kinds.at(-1)).toBe('done stop');
  expect(kinds.length).toBeGreaterThan(3);
});

it.each(BROKERS)('two workers share 20 requests over %s, and each is answered once', async (_name, start) => {
  const { address } = await start();
  const asked: string[][] = [[], []];
  for (const list of asked) {
    const port = servers((call) => {
      list.push(String(call.body['question']));
      return say(`answer to ${String(call.body['question'])}`);
    });
    await workerOn(address, port);
  }
  const client = await clientOn(address, { seen: 2 });
  const questions = Array.from({ length: 20 }, (_, index) => `q${index}`);
  const answers = await Promise.all(questions.map((question) => ask(client, { body: { question } })));
  expect(answers).toEqual(questions.map((question) => `answer to ${question}`));
  expect(asked.flat().toSorted()).toEqual(questions.toSorted());
  for (const list of asked) expect(list.length).toBeGreaterThan(4);
});

it.each(BROKERS)(
  'a worker that serves a model no more gets no requests for it over %s',
  async (_name, start) => {
    const { address } = await start();
    const first = servers(() => say('first'));
    await workerOn(address, first);
    const client = await clientOn(address);
    expect(await ask(client)).toBe('first');
    await workerOn(
      address,
      servers(() => say('second')),
    );
    await waitUntil('the second to be known', () => client.workers.list().length === 2);
    first.withdraw();
    expect(new Set(await Promise.all(Array.from({ length: 6 }, () => ask(client))))).toEqual(
      new Set(['second']),
    );
  },
);

it.each(BROKERS)('a cancelled request stops the model server over %s', async (_name, start) => {
  const { address } = await start();
  let stopped: AbortSignal | null = null;
  const port = servers(async function* ({ signal }) {
    stopped = signal;
    yield [{ kind: 'content', text: 'once upon' }];
    await hang(signal);
  });
  const { counters } = await workerOn(address, port);
  const client = await clientOn(address);
  const leaving = new AbortController();
  const asking = ask(client, { signal: leaving.signal, onPiece: () => leaving.abort(new Error('left')) });
  await expect(asking).rejects.toThrow('left');
  await waitUntil('the server to be stopped', () => stopped?.aborted);
  await waitUntil('the counter', () => counters.cancelled === 1);
});
