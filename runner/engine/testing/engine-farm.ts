/** Starts embedded engines as real child programs for tests, and ends every one of them whatever the test did. */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const repository = join(import.meta.dirname, '../../..');
const mainFile = join(repository, 'runner/engine/main.ts');

export const tinyChat = join(repository, 'presets/models/tiny-chat.gguf');
export const tinyRandom = join(repository, 'presets/models/tiny-random.gguf');
const tinyModelMaker = join(repository, 'presets/models/how-made/make_tiny_gguf.mjs');

export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export class EngineProcess {
  readonly #child: ChildProcess;
  readonly exited: Promise<Exit>;
  stdout = '';
  stderr = '';

  constructor(args: readonly string[]) {
    this.#child = spawn(process.execPath, [mainFile, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    const { promise, resolve } = Promise.withResolvers<Exit>();
    this.#child.once('close', (code, signal) => resolve({ code, signal }));
    this.exited = promise;
  }

  /** The URL of its `listening on` line; rejects if it ends before. */
  async ready(): Promise<string> {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    const look = (): void => {
      const url = /listening on (http:\S+)\n/.exec(this.stderr)?.[1];
      if (url !== undefined) resolve(url);
    };
    this.#child.stderr?.on('data', look);
    void this.exited.then((exit) =>
      reject(new Error(`the engine ended (${JSON.stringify(exit)}): ${this.stderr}`)),
    );
    look();
    return promise;
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}

export class EngineFarm {
  readonly #engines: EngineProcess[] = [];

  start(args: readonly string[]): EngineProcess {
    const engine = new EngineProcess(args);
    this.#engines.push(engine);
    process.once('exit', () => engine.kill('SIGKILL'));
    return engine;
  }

  /** An engine with a port of its own, and its URL once the model is loaded. */
  async serve(args: readonly string[]): Promise<{ engine: EngineProcess; url: string }> {
    const engine = this.start(['--port', '0', ...args]);
    return { engine, url: await engine.ready() };
  }

  async endAll(): Promise<void> {
    for (const engine of this.#engines) engine.kill('SIGKILL');
    await Promise.all(this.#engines.map((engine) => engine.exited));
  }
}

/** A model of random weights, made by `presets/models/how-made` with `flags`, and what removes it again. */
export async function makeTinyModel(...flags: string[]): Promise<{ model: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'llm-test-'));
  const model = join(folder, 'made.gguf');
  await promisify(execFile)(process.execPath, [tinyModelMaker, model, ...flags]);
  return { model, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** A port that was free a moment ago. */
export async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (typeof address !== 'object' || address === null) throw new Error('no port');
  return address.port;
}
