/** A real Mosquitto on a port and in a folder of its own: for tests and fault runs, which end it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { unusedPort } from './unused-port.ts';

export interface MosquittoOptions {
  /** Lines beside listener, folder and `allow_anonymous true`. */
  config?: readonly string[];
  /** Absent: whoever comes may. */
  isAnonymous?: boolean;
}

export interface Mosquitto {
  port: number;
  url: string;
  dir: string;
  start: () => Promise<void>;
  /** SIGKILL loses what it had in memory, as a crash does. */
  stop: (signal?: NodeJS.Signals) => Promise<void>;
  /** Ends it and removes its folder. */
  end: () => Promise<void>;
  pid: () => number;
}

/** Debian puts it where users do not look. */
const PROGRAM = process.env['MOSQUITTO'] ?? 'mosquitto';
const SEARCH_PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;

/** Started. Another test may take the port between our look and its start: then it is tried again on another one. */
export async function startMosquitto(options: MosquittoOptions = {}): Promise<Mosquitto> {
  const dir = mkdtempSync(join(tmpdir(), 'llm-mosquitto-'));
  for (let attempt = 1; ; attempt += 1) {
    const broker = new Broker(dir, await unusedPort(), options);
    try {
      await broker.start();
      return broker;
    } catch (error) {
      await broker.stop();
      if (attempt === 5) throw error;
    }
  }
}

class Broker implements Mosquitto {
  readonly port: number;
  readonly url: string;
  readonly dir: string;
  readonly #options: MosquittoOptions;
  #child: ChildProcess | null = null;
  #said = '';

  constructor(dir: string, port: number, options: MosquittoOptions) {
    this.dir = dir;
    this.port = port;
    this.url = `mqtt://127.0.0.1:${port}`;
    this.#options = options;
  }

  pid(): number {
    return this.#child?.pid ?? 0;
  }

  async start(): Promise<void> {
    const { config = [], isAnonymous = true } = this.#options;
    const file = join(this.dir, 'mosquitto.conf');
    // As root it would change to a user that may not read our folder.
    const lines = [
      `listener ${this.port} 127.0.0.1`,
      `allow_anonymous ${isAnonymous}`,
      `user ${userInfo().username}`,
      ...config,
    ];
    await writeFile(file, `${lines.join('\n')}\n`);
    const child = spawn(PROGRAM, ['-c', file], {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, PATH: SEARCH_PATH },
    });
    this.#child = child;
    this.#said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => (this.#said += chunk.toString()));
    const failed = new Promise<never>((_resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => reject(new Error(`mosquitto ended with ${code}: ${this.#said}`)));
    });
    await Promise.race([listens(this.port), failed]);
    failed.catch(() => undefined);
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const child = this.#child;
    if (child === null || child.exitCode !== null || child.signalCode !== null || child.pid === undefined)
      return;
    const gone = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    child.kill('SIGCONT');
    await gone;
  }

  async end(): Promise<void> {
    await this.stop('SIGKILL');
    await rm(this.dir, { recursive: true, force: true });
  }
}

async function listens(port: number): Promise<void> {
  for (let attempt = 0; attempt < 500; attempt += 1) {
    const isUp = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => resolve(socket.destroy() !== undefined));
      socket.once('error', () => resolve(false));
    });
    if (isUp) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`mosquitto does not listen on ${port}`);
}
