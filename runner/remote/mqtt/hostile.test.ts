/** Strangers with the broker's password, workers that lie, brokers that freeze. */
import { connectAsync } from 'mqtt';
import type { MqttClient } from 'mqtt';
import { describe, expect, it, onTestFinished } from 'vitest';
import { mqttSettingsSchema } from '#contract/mqtt';
import { createLogger } from '../../base/logger.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { AnswerSender } from './answer-sender.ts';
import { Bridge } from './bridge.ts';
import { EmbeddedBroker } from './embedded-broker.ts';
import { EndedAnswers } from './ended-answers.ts';
import { LegacyProject } from './legacy-project.ts';
import type { BrokerAddress } from './mqtt-link.ts';
import { MqttNode } from './mqtt-node.ts';
import type { NodeParts } from './mqtt-node.ts';
import { PacketGuard } from './packet-guard.ts';
import { remoteModels } from './presence-models.ts';
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

const logger = createLogger({ level: 'silent', file: null });

async function bridgeOn(address: BrokerAddress): Promise<(body: object) => Promise<Response>> {
  const { client, workers } = await clientOn(address, { timing: { gapMs: 1_000 } });
  const find = (model: string) => remoteModels(workers.list()).get(model) ?? null;
  const bridge = new Bridge({
    client,
    find,
    isConnected: () => true,
    apiKey: 'key',
    timeoutMs: 20_000,
    logger,
  });
  await bridge.start();
  onTestFinished(() => bridge.stop());
  return (body) =>
    fetch(`${bridge.baseUrl('m')}/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: 'Bearer key',
        'content-type': 'application/json',
      },
      body: JSON.stringify(body),
    });
}

async function nodeOn(
  address: BrokerAddress | null,
  rest: Partial<NodeParts> = {},
): Promise<{ node: MqttNode; endpoints: () => number }> {
  let endpoints = 0;
  const node = new MqttNode({
    settings: mqttSettingsSchema.parse({ embeddedPort: 0 }),
    external: address,
    embedded: {
      username: 'me',
      password: 'secret',
    },
    servers: servers(() => say('hello')),
    endpoints: {
      set: (list) => (endpoints = list.length),
      refresh: () => undefined,
    },
    chat: {
      ask: () => Promise.resolve(''),
      setPrompt: async () => undefined,
      clear: async () => undefined,
      remove: async () => undefined,
    },
    processes: {
      list: () => [],
      onChange: () => () => undefined,
    },
    isDefault: false,
    version: '1',
    timeoutMs: 2e4,
    logger,
    ...rest,
  });
  onTestFinished(() => node.stop());
  await node.start();
  await waitUntil('the node', () => node.status().state === 'connected');
  return { node, endpoints: () => endpoints };
}

/** Answers the next request with these frames. */
async function answerWith(fake: Awaited<ReturnType<typeof fakeWorker>>, frames: object[]): Promise<void> {
  await waitUntil('the request', () => fake.requests.length > 0);
  for (const frame of frames) await fake.send(frame);
}

it.each(['constructor', '__proto__', 'toString', 'x'.repeat(100_000)])(
  'an error of a worker with a code that is none ends the request, not the runner (%#)',
  async (code) => {
    const { address } = await mosquitto();
    const fake = await fakeWorker(address);
    const post = await bridgeOn(address);
    const asking = post({ stream: true });
    await answerWith(fake, [{ error: { code, message: 'y'.repeat(100_000) } }]);
    const answer = await asking;
    expect(answer.status).toBe(502);
    expect((await answer.text()).length).toBeLessThan(5_000);
  },
);

it('a frame of brackets ends the request with an error', async () => {
  const { address } = await mosquitto();
  const fake = await fakeWorker(address);
  const post = await bridgeOn(address);
  const asking = post({ stream: true });
  await answerWith(fake, [{ seq: 0, content: 'a' }]);
  const answer = await asking;
  const deep = `${'['.repeat(50_000)}${']'.repeat(50_000)}`;
  const request = fake.requests[0];
  const head = `"id":"${request?.id}","worker":"${fake.id}","attempt":1`;
  await fake.link.publish(request?.replyTo ?? '', `{${head},"seq":1,"tool_calls":${deep}}`);
  await fake.send({ seq: 2, done: true });
  expect(await answer.text()).toContain('"error"');
});

it('a request that is nested deeper than workers read is refused at once, and said to be', async () => {
  const { address } = await mosquitto();
  await fakeWorker(address);
  const post = await bridgeOn(address);
  for (const depth of [127, 1_000]) {
    const tools: unknown = JSON.parse(`${'['.repeat(depth)}${']'.repeat(depth)}`);
    const answer = await post({ tools });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining('nested')]);
  }
});

it('a runner on a broker that froze stops all the same', async () => {
  const broker = await mosquitto();
  const settings = mqttSettingsSchema.parse({ projects: ['p'], telemetry: { isEnabled: true } });
  const { node } = await nodeOn(broker.address, { settings });
  await waitUntil('its worker', () => node.status().workers.length === 1);
  process.kill(broker.pid(), 'SIGSTOP');
  await node.stop();
});

it('a runner stops while answers are being written to a broker that froze', async () => {
  const broker = await mosquitto();
  const held = Promise.withResolvers<void>();
  const port = servers(async function* ({ signal }) {
    yield [{ kind: 'content', text: 'a' }];
    held.resolve();
    await hang(signal);
  });
  const { node } = await nodeOn(broker.address, { servers: port });
  const client = await clientOn(broker.address);
  const asking = ask(client).catch(() => 'failed');
  await held.promise;
  process.kill(broker.pid(), 'SIGSTOP');
  await node.stop();
  process.kill(broker.pid(), 'SIGCONT');
  expect(await asking).toBe('failed');
});

it('workers that nobody has do not fill the runner with endpoints', async () => {
  const { address } = await mosquitto();
  const { node, endpoints } = await nodeOn(address);
  const stranger = await linkTo(address);
  const models = (worker: number) =>
    Array.from({ length: 128 }, (_, at) => ({ model: `m-${worker}-${at}`, slots: 10_000, busy: 0 }));
  for (let at = 0; at < 100; at += 1)
    await stranger.publish(topics.presence(`f${at}`), { worker: `f${at}`, models: models(at) });
  await waitUntil(
    'the rest to be dropped',
    () => node.status().workers.length + node.status().counters.garbage >= 100,
  );
  expect(node.status().workers.length).toBeLessThan(40);
  expect(endpoints()).toBeGreaterThan(100);
  expect(endpoints()).toBeLessThanOrEqual(256);
});

it('slots that nobody can have are not believed', () => {
  const worker = (at: number) => ({
    worker: `w${at}`,
    name: '',
    version: '',
    everyMs: 1e3,
    models: [
      {
        model: 'm',
        slots: 1e4,
        busy: 1e4,
        queued: 0,
        context: null,
        vision: null,
      },
    ],
  });
  expect(
    remoteModels(Array.from({ length: 500 }, (_, at) => worker(at))).get('m')?.slots,
  ).toBeLessThanOrEqual(1024);
});

it('a model with a name that is too long does not hide the others of its worker', async () => {
  const { address } = await mosquitto();
  await workerOn(
    address,
    servers(() => say('hello'), [{ model: 'x'.repeat(300) }, {}]),
  );
  const client = await clientOn(address);
  expect(await ask(client)).toBe('hello');
});

it('a worker keeps a bounded part of the answers that it has given, the latest ones', async () => {
  const { address } = await mosquitto();
  const link = await linkTo(address);
  const ended = new EndedAnswers();
  for (let at = 0; at < 40; at += 1) {
    const sender = new AnswerSender(link, topics.response('nobody', `${at}`), {
      id: `${at}`,
      worker: 'w',
      attempt: 1,
      hops: 0,
    });
    await sender.add([{ kind: 'content', text: 'x'.repeat(1024 * 1024) }]);
    ended.add(`${at}`, { attempt: 1, sender, at });
  }
  const kept = Array.from({ length: 40 }, (_, at) => at).filter((at) => ended.get(`${at}`) !== undefined);
  expect(kept.length).toBeGreaterThan(10);
  expect(kept.length).toBeLessThan(17);
  expect(kept.at(-1)).toBe(39);
  ended.sweep(100_000);
  expect(ended.get('39')).toBeUndefined();
});

describe('a project of the older convention', () => {
  async function project() {
    const { address } = await mosquitto();
    const link = await linkTo(address);
    const release = Promise.withResolvers<void>();
    const ask = () => release.promise.then(() => 'answer');
    const chat = {
      ask,
      setPrompt: async () => undefined,
      clear: async () => undefined,
      remove: async () => undefined,
    };
    const legacy = new LegacyProject({
      link,
      project: 'demo',
      chat,
      version: '1',
      logger,
      onGarbage: () => undefined,
    });
    legacy.start();
    onTestFinished(() => legacy.stop());
    const other = await linkTo(address);
    const heard: string[] = [];
    other.subscribe('demo/#', ({ topic }) => heard.push(topic));
    return {
      heard,
      release,
      send: (fields: object) => other.publish('demo/user_input', { message: 'm', ...fields }),
    };
  }

  it('takes a request that it had no room for when it comes again', async () => {
    const { heard, release, send } = await project();
    for (let at = 0; at < 64; at += 1) await send({ sessionId: `s${at}`, requestId: 'r' });
    await send({ sessionId: 'late', requestId: 'r' });
    await waitUntil('the refusal', () => heard.includes('demo/assistant_response/late/error'));
    release.resolve();
    await waitUntil(
      'the others',
      () => heard.filter((topic) => topic.startsWith('demo/assistant_response/s')).length === 64,
    );
    await send({ sessionId: 'late', requestId: 'r' });
    await waitUntil('the answer', () => heard.includes('demo/assistant_response/late'));
  });

  it('writes no answer to a topic that is read as an order, in a project within it either', async () => {
    const { heard, release, send } = await project();
    release.resolve();
    for (const place of ['demo/template', 'demo/inner/template', 'demo/inner/v1/req/m'])
      await send({ sessionId: 's', replyTopic: place });
    await waitUntil(
      'the answers',
      () => heard.filter((topic) => topic === 'demo/assistant_response/s').length === 3,
    );
    expect(heard.filter((topic) => /template|v1/.test(topic))).toEqual([]);
  });
});

describe('the embedded broker', () => {
  it('takes a long packet only of those who have said the password in a short one', () => {
    const faults: string[] = [];
    const guard = new PacketGuard({ maxBytes: 1024 * 1024, maxFirst: 1024 });
    // CONNECT of 2 bytes, PUBLISH with 64 KB to come; then the same the other way round.
    guard._transform(Buffer.from([0x10, 2, 0, 0, 0x30, 0x80, 0x80, 0x04]), 'utf8', (error) =>
      faults.push(error?.message ?? 'passed'),
    );
    const other = new PacketGuard({ maxBytes: 1024 * 1024, maxFirst: 1024 });
    other._transform(Buffer.from([0x10, 0x80, 0x80, 0x04]), 'utf8', (error) =>
      faults.push(error?.message ?? 'passed'),
    );
    expect(faults).toEqual(['passed', 'a packet is longer than 1024 bytes']);
  });

  it('keeps nothing for clients that are away', async () => {
    const { address } = await embedded();
    const client = async (): Promise<MqttClient> => {
      const options = {
        username: 'me',
        password: 'secret',
        clientId: 'absent',
        clean: false,
        protocolVersion: 4,
        reconnectPeriod: 0,
      } as const;
      const connected = await connectAsync(address.url, options);
      onTestFinished(() => void connected.end(true));
      return connected;
    };
    const first = await client();
    await first.subscribeAsync('#', { qos: 1 });
    await first.endAsync();
    const link = await linkTo(address);
    for (let at = 0; at < 20; at += 1) await link.publish('t', `${at}`);
    const second = await client();
    const heard: string[] = [];
    second.on('message', (_topic, payload) => heard.push(payload.toString()));
    await second.subscribeAsync('t', { qos: 1 });
    await link.publish('t', 'last');
    await waitUntil('the last', () => heard.includes('last'));
    expect(heard).toEqual(['last']);
  });

  it('gives a client that comes again, while its old connection stands, its turns in a group', async () => {
    const { address } = await embedded();
    const raw = async (): Promise<MqttClient> => {
      const options = {
        username: 'me',
        password: 'secret',
        clientId: 'twice',
        protocolVersion: 4,
        reconnectPeriod: 0,
      } as const;
      const connected = await connectAsync(address.url, options);
      onTestFinished(() => void connected.end(true));
      connected.on('error', () => undefined);
      return connected;
    };
    const heard: string[] = [];
    const old = await raw();
    await old.subscribeAsync('$share/g/t', { qos: 1 });
    const anew = await raw();
    anew.on('message', (_topic, payload) => heard.push(payload.toString()));
    await anew.subscribeAsync('$share/g/t', { qos: 1 });
    const other = await linkTo(address);
    other.subscribe('$share/g/t', ({ payload }) => heard.push(payload.toString()));
    const sender = await linkTo(address);
    for (let at = 0; at < 6; at += 1) await sender.publish('t', `${at}`);
    await waitUntil('all', () => heard.length >= 6);
    await sender.publish('t', 'end');
    await waitUntil('the end', () => heard.includes('end'));
    expect(heard.toSorted()).toEqual(['0', '1', '2', '3', '4', '5', 'end']);
  });

  it('keeps what is retained within a limit, and takes away what is to be', async () => {
    const { address } = await embedded();
    const link = await linkTo(address);
    const block = 'x'.repeat(8 * 1024 * 1024);
    for (const topic of ['r/1', 'r/2', 'r/3', 'r/4', 'r/5'])
      await link.publish(topic, block, { isRetained: true });
    await link.publish('r/2', '', { isRetained: true });
    await link.publish('r/6', block, { isRetained: true });
    await link.publish('r/end', 'small', { isRetained: true });
    const late = await linkTo(address);
    const heard: string[] = [];
    late.subscribe('r/#', ({ topic }) => heard.push(topic));
    await waitUntil('the last', () => heard.includes('r/end'));
    expect(heard.toSorted()).toEqual(['r/1', 'r/3', 'r/6', 'r/end']);
  });

  it('drops a client that reads nothing, and serves the others', async () => {
    const broker = new EmbeddedBroker({
      host: '127.0.0.1',
      port: 0,
      username: 'me',
      password: 'secret',
      logger,
      drainMs: 500,
    });
    onTestFinished(() => broker.stop());
    const address = { url: await broker.start(), username: 'me', password: 'secret', ca: null };
    const deaf = await connectAsync(address.url, {
      username: 'me',
      password: 'secret',
      protocolVersion: 4,
      reconnectPeriod: 0,
    });
    deaf.on('error', () => undefined);
    onTestFinished(() => void deaf.end(true));
    await deaf.subscribeAsync('t', { qos: 0 });
    deaf.stream.pause();
    const link = await linkTo(address);
    const block = 'x'.repeat(1024 * 1024);
    for (let at = 0; at < 200; at += 1) await link.publish('t', block);
    await waitUntil('it to be dropped', () => broker.clients === 1);
  });
});
