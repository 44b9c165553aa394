/** Asks the runner of this machine, for the start scripts: where it is, its token, and its errors as sentences. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Told to the shell script that called us: no runner answers, it may go on without one. */
const NO_RUNNER_EXIT = 3;

class NoRunnerError extends Error {}

/** RUNNER_URL, else where the settings of this machine's runner say it listens. */
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

  /** Throws NoRunnerError when nobody, or another program, answers at its address. */
  async findRunner(): Promise<void> {
    let answer: unknown;
    try {
      const response = await fetch(`${this.url}/api/runner/health`, { headers: this.#headers, signal: AbortSignal.timeout(5000) });
      answer = await response.json();
    } catch (error) {
      throw new NoRunnerError(`No runner answers at ${this.url}.`, { cause: error });
    }
    const { ok, error } = answer as { ok?: unknown; error?: { message?: string } };
    if (typeof ok !== 'boolean') throw new NoRunnerError(`What answers at ${this.url} is no runner.`);
    if (!ok) throw new Error(error?.message ?? 'The runner refused the request.');
  }

  /** The answer's JSON, or an Error with the runner's own words. */
  async ask<Answer>(path: string, init: { method?: string; body?: unknown } = {}): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method: init.method ?? 'GET',
      headers: { ...this.#headers, ...(init.body !== undefined && { 'content-type': 'application/json' }) },
      ...(init.body !== undefined && { body: JSON.stringify(init.body) }),
    });
    const answer = (await response.json()) as Answer & { ok: boolean; error?: { code: string; message: string } };
    if (!response.ok) throw new RefusedError(answer.error?.code ?? '', answer.error?.message ?? `HTTP ${response.status}`);
    return answer;
  }
}

export class RefusedError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** Runs a script's `main` with the settings of `.env` beside the product; ends with 3 where no runner is, with 1 for other failures. */
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
