/** What the fault run of the MQTT mode plays on: Mosquitto, runners beside model servers that answer as they are told, and a runner with a gateway. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createParser } from 'eventsource-parser';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';

/** Fields of the body that say how the model server answers. */
export interface Order {
  id: string;
  /** Before the first token. */
  firstMs?: number;
  tokens?: number;
  /** Between two tokens. */
  everyMs?: number;
  prompt?: string;
}

/** A model server that keeps a record of what it was asked. */
export class ModelServer {
  readonly asked: string[] = [];
  /** When the client of a request left before its end, by its id. */
  readonly leftAt = new Map<string, number>();
  /** Length of the longest prompt. */
  longest = 0;
  readonly #server: Server = createServer((req, res) => void this.#serve(req, res));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const facts: Record<string, unknown> = {
      '/health': { status: 'ok' },
      '/v1/models': { object: 'list', data: [{ id: 'm' }] },
      '/props': { total_slots: 16 },
      '/slots': [],
    };
    if (req.url !== '/v1/chat/completions') {
      res.writeHead(facts[req.url ?? ''] === undefined ? 404 : 200, { 'content-type': 'application/json' });
      return void res.end(JSON.stringify(facts[req.url ?? ''] ?? { error: { message: 'not found' } }));
    }
    const parts: Buffer[] = [];
    for await (const part of req as AsyncIterable<Buffer>) parts.push(part);
    await this.#answer(JSON.parse(Buffer.concat(parts).toString()) as { test: Order }, res);
  }

  async #answer({ test }: { test: Order }, res: ServerResponse): Promise<void> {
    const { id, firstMs = 0, tokens = 5, everyMs = 5, prompt = '' } = test;
    this.asked.push(id);
    this.longest = Math.max(this.longest, prompt.length);
    res.once('close', () => res.writableFinished || this.leftAt.set(id, performance.now()));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.flushHeaders();
    await pause(firstMs);
    for (let token = 0; token < tokens && !res.destroyed; token += 1) {
      res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `${token} ` } }] })}\n\n`);
      await pause(everyMs);
    }
    const end = {
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: tokens, total_tokens: 1 + tokens },
    };
    res.end(`data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
  }
}

export interface Machine {
  runner: RunnerChild;
  server: ModelServer;
}

/** One answer as the client of the gateway sees it. */
export class Answer {
  text = '';
  error: string | null = null;
  isWhole = false;
  readonly tokenAt: number[] = [];
  readonly ended: Promise<void>;
  readonly #leaving = new AbortController();

  constructor(url: string, test: Order) {
    this.ended = this.#read(url, test).catch((error: unknown) => {
      this.error ??= String(error);
    });
  }

  get endedWell(): boolean {
    return this.isWhole && this.error === null;
  }

  leave(): void {
    this.#leaving.abort();
  }

  async #read(url: string, test: Order): Promise<void> {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'm', messages: [{ role: 'user', content: 'hi' }], stream: true, test }),
      signal: AbortSignal.any([this.#leaving.signal, AbortSignal.timeout(60_000)]),
    });
    if (!response.ok) {
      this.error = `${response.status} ${messageIn(await response.text())}`;
      return;
    }
    const parser = createParser({ onEvent: ({ data }) => this.#take(data) });
    const decoder = new TextDecoder();
    for await (const bytes of response.body ?? []) parser.feed(decoder.decode(bytes, { stream: true }));
  }

  #take(data: string): void {
    if (data === '[DONE]') {
      this.isWhole = true;
      return;
    }
    const event = JSON.parse(data) as { choices?: { delta?: { content?: string } }[]; error?: { message: string } };
    if (event.error !== undefined) this.error = event.error.message;
    const content = event.choices?.[0]?.delta?.content;
    if (content === undefined) return;
    this.text += content;
    this.tokenAt.push(performance.now());
  }
}

export function textOf(tokens: number): string {
  return Array.from({ length: tokens }, (_, token) => `${token} `).join('');
}

/** Runners and their folders, all ended by `end`. */
export class Machines {
  readonly #env: Record<string, string>;
  readonly #ending: (() => Promise<unknown>)[] = [];

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  /** A runner beside a model server, which it serves over the broker. */
  async worker(): Promise<Machine> {
    const server = new ModelServer();
    const baseUrl = await server.start();
    const runner = await this.#start({});
    this.#ending.push(() => Promise.resolve(server.stop()));
    await runner.post('/api/endpoints', { name: 'model', baseUrl });
    return { runner, server };
  }

  /** A runner whose gateway uses the workers: ready when it sees `count` of them. */
  async gateway(count: number): Promise<RunnerChild> {
    const runner = await this.#start({ MQTT_WORKER: 'false' });
    await seesWorkers(runner, count);
    return runner;
  }

  async end(): Promise<void> {
    for (const end of this.#ending.toReversed()) await end();
  }

  async #start(env: Record<string, string>): Promise<RunnerChild> {
    const dir = mkdtempSync(join(tmpdir(), 'llm-faults-mqtt-'));
    const runner = await startRunner(dir, { env: { MODEL_DIRS: dir, ...this.#env, ...env } });
    this.#ending.push(async () => {
      if (runner.child.exitCode === null && runner.child.signalCode === null) await runner.end('SIGKILL');
      rmSync(dir, { recursive: true, force: true, maxRetries: 10 });
    });
    return runner;
  }
}

interface Status {
  state: string;
  problem: { code: string } | null;
  workers: { id: string; models: unknown[] }[];
}

export async function statusOf(runner: RunnerChild): Promise<Status> {
  return (await runner.get('/api/mqtt')).body as unknown as Status;
}

/** And their endpoint is online. */
export async function seesWorkers(runner: RunnerChild, count: number): Promise<void> {
  await waitUntil(`${count} workers`, async () => {
    const { workers } = await statusOf(runner);
    const { endpoints } = (await runner.get('/api/endpoints')).body as { endpoints: { source: string; status: string }[] };
    const isOnline = endpoints.some(({ source, status }) => source === 'mqtt' && status === 'online');
    return isOnline && workers.filter(({ models }) => models.length > 0).length === count;
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function messageIn(text: string): string {
  try {
    return (JSON.parse(text) as { error: { message: string } }).error.message;
  } catch {
    return text.slice(0, 200);
  }
}
