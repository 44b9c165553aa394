/** Starts a real runner as a child on a port of the system's choice, for tests, benchmarks and fault runs. The caller ends it. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { httpClient } from './http-client.ts';
import type { HttpClient } from './http-client.ts';

const REPOSITORY = join(import.meta.dirname, '..', '..');

export interface RunnerChild extends HttpClient {
  pid: number;
  child: ChildProcess;
  /** Sends the signal and resolves with the exit code when the runner is gone. */
  end: (signal: NodeJS.Signals) => Promise<number | null>;
}

/** Resolves when it listens; rejects with what it said when it ended instead. */
export async function startRunner(
  dataDir: string,
  options: { env?: Record<string, string>; args?: string[] } = {},
): Promise<RunnerChild> {
  const child = spawn(process.execPath, [join(REPOSITORY, 'runner', 'main.ts'), ...(options.args ?? [])], {
    env: { ...process.env, RUNNER_PORT: '0', RUNNER_DATA_DIR: dataDir, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const gone = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const url = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /http:\/\/\S+/.exec(line)?.[0];
      if (found !== undefined) resolve(found);
    });
    void gone.then((code) => reject(new Error(`the runner ended with ${code}: ${said}`)));
  });
  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    child.kill(signal);
    return gone;
  };
  return { ...httpClient(url), pid: child.pid ?? 0, child, end };
}
