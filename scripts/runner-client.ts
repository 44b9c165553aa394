/** The start scripts' client of this machine's runner: its address and token from the settings, its errors as sentences. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** For the calling shell script: no runner responds, it may continue without one. */
const NO_RUNNER_EXIT = 3;

class NoRunnerError extends Error {}

/** RUNNER_URL, or else the address in the settings of this machine's runner. */
function runnerUrl(env: NodeJS.ProcessEnv): string {
  if (env['RUNNER_URL']) return env['RUNNER_URL'].replace(/\/+$/, '');
  const host = env['RUNNER_HOST'] ?? '';
  const reachable = ['', '0.0.0.0', '::'].includes(host) ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${env['RUNNER_PORT'] || '3002'}`;
}

export class RunnerClient {
  readonly url: string;
  readonly #headers: Record<string, string>;

  constructor(env: NodeJS.ProcessEnv) {
    this.url = runnerUrl(env);
    this.#headers = env['RUNNER_TOKEN'] ? { authorization: `Bearer ${env['RUNNER_TOKEN']}` } : {};
  }

  /** Rejects with NoRunnerError when nothing, or another program, listens at the runner's address. */
  async findRunner(): Promise<void> {
    let body: unknown;
    try {
      const response = await fetch(`${this.url}/api/runner/health`, {
        headers: this.#headers,
        signal: AbortSignal.timeout(5000),
      });
      body = await response.json();
    } catch (error) {
      throw new NoRunnerError(`No runner answers at ${this.url}.`, { cause: error });
    }
    const { ok, error } = body as { ok?: unknown; error?: { message?: string } };
    if (typeof ok !== 'boolean') throw new NoRunnerError(`What listens at ${this.url} is no runner.`);
    if (!ok) throw new Error(error?.message ?? 'The runner refused the request.');
  }

  /** Resolves with the response's JSON; rejects with a RefusedError that has the runner's own message. */
  async request<Body>(path: string, init: { method?: string; body?: unknown } = {}): Promise<Body> {
    const response = await fetch(this.url + path, {
      method: init.method ?? 'GET',
      headers: { ...this.#headers, ...(init.body !== undefined && { 'content-type': 'application/json' }) },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    });
    const body = (await response.json()) as Body & { ok: boolean; error?: { code: string; message: string } };
    if (!response.ok)
      throw new RefusedError(body.error?.code ?? '', body.error?.message ?? `HTTP ${response.status}`);
    return body;
  }
}

export class RefusedError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Runs a script's `main` with the settings of the product's `.env`. Exit code 3: no runner; 1: any other failure. */
export async function runWithRunner(main: (runner: RunnerClient) => Promise<boolean>): Promise<void> {
  const settings = join(import.meta.dirname, '..', '.env');
  if (existsSync(settings)) process.loadEnvFile(settings);
  try {
    const runner = new RunnerClient(process.env);
    await runner.findRunner();
    process.exitCode = (await main(runner)) ? 0 : 1;
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = error instanceof NoRunnerError ? NO_RUNNER_EXIT : 1;
  }
}
