/** Brokers, workers and clients for tests of the MQTT mode; everything is ended with the test. */
import { randomBytes } from 'node:crypto';
import { onTestFinished } from 'vitest';
import type { MqttCounters } from '#contract/mqtt';
import { startMosquitto } from '../../../testing/test-mosquitto.ts';
import type { Mosquitto, MosquittoOptions } from '../../../testing/test-mosquitto.ts';
import { waitUntil } from '../../../testing/wait-until.ts';
import { noCounters } from '../counters.ts';
import { EmbeddedBroker } from '../embedded-broker.ts';
import { readRequest } from '../envelope.ts';
import type { Piece, Request } from '../envelope.ts';
import { MqttLink } from '../mqtt-link.ts';
import type { BrokerAddress } from '../mqtt-link.ts';
import type { PendingTiming } from '../pending-request.ts';
import type { AnswerDelta, Offer, ServerCall, ServersPort } from '../ports.ts';
import { RequestClient } from '../request-client.ts';
import { topicsOf } from '../topics.ts';
import { Worker } from '../worker.ts';
import { WorkerList } from '../worker-list.ts';

export const quiet = { warn: () => undefined };
export const topics = topicsOf('llm');

export async function mosquitto(options?: MosquittoOptions): Promise<Mosquitto & { address: BrokerAddress }> {
  const broker = await startMosquitto(options);
  onTestFinished(() => broker.end());
  return Object.assign(broker, { address: addressOf(broker.url) });
}

export async function embedded(port = 0): Promise<{ address: BrokerAddress; broker: EmbeddedBroker }> {
  const broker = new EmbeddedBroker({
    host: '127.0.0.1',
    port,
    username: 'me',
    password: 'secret',
    logger: quiet,
  });
  onTestFinished(() => broker.stop());
  return { address: { ...addressOf(await broker.start()), username: 'me', password: 'secret' }, broker };
}

export function addressOf(url: string): BrokerAddress {
  return { url, username: null, password: null, ca: null };
}

/** Connected. */
export async function linkTo(
  address: BrokerAddress,
  rest: Partial<ConstructorParameters<typeof MqttLink>[0]> = {},
): Promise<MqttLink> {
  const link = new MqttLink({
    address,
    clientId: `t${randomBytes(6).toString('hex')}`,
    logger: quiet,
    ...rest,
  });
  onTestFinished(() => link.stop());
  link.start();
  await waitUntil('the link', () => link.state === 'connected');
  return link;
}

/** Servers that answer as the test says. */
export function servers(
  ask: (call: ServerCall) => AsyncIterable<readonly AnswerDelta[]>,
  offers: Partial<Offer>[] = [{}],
): ServersPort & {
  /** Serves nothing any more. */
  withdraw: () => void;
} {
  const list = offers.map((offer) => ({
    model: 'm',
    endpointId: 'e',
    slots: 1,
    context: null,
    vision: null,
    ...offer,
  }));
  const listeners = new Set<() => void>();
  return {
    withdraw() {
      list.length = 0;
      for (const listener of listeners) listener();
    },
    offers: () => list,
    ask,
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** These words, then the end. */
export async function* say(...words: string[]): AsyncGenerator<readonly AnswerDelta[]> {
  for (const text of words) {
    yield [{ kind: 'content', text }];
    await new Promise((resolve) => setImmediate(resolve));
  }
  yield [
    { kind: 'finish', reason: 'stop' },
    {
      kind: 'usage',
      usage: { prompt_tokens: 1, completion_tokens: words.length, total_tokens: 1 + words.length },
    },
  ];
}

/** Until the signal is aborted. */
export async function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true }),
  );
}

export interface TestWorker {
  worker: Worker;
  link: MqttLink;
  id: string;
  counters: MqttCounters;
}

export async function workerOn(
  address: BrokerAddress,
  port: ServersPort,
  rest: { queueLimit?: number } = {},
): Promise<TestWorker> {
  const id = `w${randomBytes(4).toString('hex')}`;
  const link = await linkTo(address, { will: { topic: topics.presence(id), payload: '' } });
  const counters = noCounters();
  const workers = new WorkerList({ link, topics, onGarbage: () => (counters.garbage += 1) });
  workers.start();
  const worker = new Worker({
    link,
    topics,
    workerId: id,
    name: id,
    version: '1',
    servers: port,
    workers,
    counters,
    logger: quiet,
    queueLimit: rest.queueLimit ?? 32,
    onGarbage: () => (counters.garbage += 1),
  });
  worker.start();
  onTestFinished(async () => {
    await worker.stop();
    workers.stop();
  });
  return { worker, link, id, counters };
}

export interface TestClient {
  client: RequestClient;
  link: MqttLink;
  workers: WorkerList;
  clientId: string;
  counters: MqttCounters;
}

/** `seen`: so many workers are waited for. */
export async function clientOn(
  address: BrokerAddress,
  { seen = 1, timing = {} }: { seen?: number; timing?: Partial<PendingTiming> } = {},
): Promise<TestClient> {
  const clientId = `c${randomBytes(4).toString('hex')}`;
  const link = await linkTo(address, { clientId, isKept: true });
  const counters = noCounters();
  const workers = new WorkerList({ link, topics, onGarbage: () => (counters.garbage += 1) });
  workers.start();
  const client = new RequestClient({
    link,
    topics,
    workers,
    clientId,
    counters,
    timing,
    onGarbage: () => (counters.garbage += 1),
  });
  client.start();
  onTestFinished(() => {
    client.stop();
    workers.stop();
  });
  await waitUntil(
    `${seen} workers`,
    () => workers.list().filter(({ models }) => models.length > 0).length >= seen,
  );
  return { client, link, workers, clientId, counters };
}

export interface TestAsk {
  body?: Record<string, unknown>;
  timeoutMs?: number;
  signal?: AbortSignal;
  onPiece?: (piece: Piece) => void;
}

/** The whole text. */
export async function ask(
  { client }: TestClient,
  { body = {}, timeoutMs = 20_000, signal, onPiece }: TestAsk = {},
): Promise<string> {
  let text = '';
  const never = new AbortController().signal;
  for await (const pieces of client.ask({ model: 'm', body, timeoutMs, signal: signal ?? never })) {
    for (const piece of pieces) {
      onPiece?.(piece);
      if ('content' in piece) text += piece.content;
    }
  }
  return text;
}

export interface FakeWorker {
  id: string;
  link: MqttLink;
  /** Requests so far. */
  requests: Request[];
  /** Sends a frame of the last request. */
  send: (frame: object) => Promise<unknown>;
}

/** Takes requests, and sends what the test tells it. */
export async function fakeWorker(address: BrokerAddress): Promise<FakeWorker> {
  const id = `f${randomBytes(4).toString('hex')}`;
  const link = await linkTo(address, { will: { topic: topics.presence(id), payload: '' } });
  const fake: FakeWorker = {
    id,
    link,
    requests: [],
    send: (frame) => {
      const request = fake.requests.at(-1);
      const head = {
        id: request?.id,
        worker: id,
        attempt: request?.attempt,
      };
      return link.publish(request?.replyTo ?? '', {
        ...head,
        ...frame,
      });
    },
  };
  link.subscribe(topics.shared('m'), ({ payload }) => {
    const request = readRequest(payload);
    if (request !== null) fake.requests.push(request);
  });
  await link.publish(
    topics.presence(id),
    { worker: id, models: [{ model: 'm', slots: 9, busy: 0 }] },
    { isRetained: true },
  );
  return fake;
}
