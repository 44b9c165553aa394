/** The machines of the MQTT mode's fault run: runners with a model server each as workers, and a runner with a gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import { ModelServer } from './mqtt-model-server.ts';

export interface Machine {
  runner: RunnerChild;
  server: ModelServer;
}

/** Starts the runners, each in a folder of its own; `end` ends them and removes the folders. */
export class Machines {
  readonly #env: Record<string, string>;
  readonly #cleanup: (() => Promise<unknown>)[] = [];

  constructor(env: Record<string, string>) {
    this.#env = env;
  }

  /** A runner that serves a model server over the broker. */
  async worker(): Promise<Machine> {
    const server = new ModelServer();
    const baseUrl = await server.start();
    const runner = await this.#start({});
    this.#cleanup.push(() => Promise.resolve(server.stop()));
    await runner.post('/api/endpoints', { name: 'model', baseUrl });
    return { runner, server };
  }

  /** A runner whose gateway uses the workers; resolves when it sees `count` of them. */
  async gateway(count: number): Promise<RunnerChild> {
    const runner = await this.#start({ MQTT_WORKER: 'false' });
    await untilWorkersSeen(runner, count);
    return runner;
  }

  async end(): Promise<void> {
    for (const undo of this.#cleanup.toReversed()) await undo();
  }

  async #start(env: Record<string, string>): Promise<RunnerChild> {
    const dir = mkdtempSync(join(tmpdir(), 'llm-faults-mqtt-'));
    const runner = await startRunner(dir, { env: { MODEL_DIRS: dir, ...this.#env, ...env } });
    this.#cleanup.push(async () => {
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

/** Resolves when the gateway sees `count` workers with a model and their endpoint is online. */
export async function untilWorkersSeen(runner: RunnerChild, count: number): Promise<void> {
  await waitUntil(`${count} workers`, async () => {
    const { workers } = await statusOf(runner);
    const { endpoints } = (await runner.get('/api/endpoints')).body as {
      endpoints: { source: string; status: string }[];
    };
    const isOnline = endpoints.some(({ source, status }) => source === 'mqtt' && status === 'online');
    return isOnline && workers.filter(({ models }) => models.length > 0).length === count;
  });
}
