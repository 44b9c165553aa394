/**
 * The whole path with real parts, all on this machine: `node scripts/faults/two-machines.ts` (about a minute). Runner A has the embedded engine
 * and an SSH tunnel to runner B; machine C uses B's gateway with a key and OpenAI's SDK; sshd is killed. Then the same over Mosquitto from two A's.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import OpenAI from 'openai';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { startMosquitto } from '../../runner/testing/test-mosquitto.ts';
import { unusedPort } from '../../runner/testing/unused-port.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import { printTable } from '../bench/measuring/print-table.ts';
import { TunnelSetting } from './tunnel-setting.ts';

const MODEL_FILE = join(import.meta.dirname, '..', '..', 'presets', 'models', 'tiny-chat.gguf');
const TIMEOUT_MS = 60_000;

interface Answer {
  text: string;
  tokens: number;
  firstMs: number;
  wholeMs: number;
}

/** Machine C: it has the gateway's address and a key, and no part of this product. */
class MachineC {
  readonly #sdk: OpenAI;

  constructor(gatewayUrl: string, apiKey: string) {
    this.#sdk = new OpenAI({ baseURL: `${gatewayUrl}/v1`, apiKey, maxRetries: 0, timeout: 20_000 });
  }

  async models(): Promise<string[]> {
    return (await this.#sdk.models.list()).data.map(({ id }) => id);
  }

  async ask(model: string, question: string): Promise<Answer> {
    const begin = performance.now();
    const answer = { text: '', tokens: 0, firstMs: 0, wholeMs: 0 };
    const messages = [{ role: 'user' as const, content: question }];
    for await (const { choices } of await this.#sdk.chat.completions.create({
      model,
      messages,
      stream: true,
      max_tokens: 24,
    })) {
      const text = choices[0]?.delta.content ?? '';
      if (text === '') continue;
      if (answer.tokens === 0) answer.firstMs = performance.now() - begin;
      answer.tokens += 1;
      answer.text += text;
    }
    return { ...answer, wholeMs: performance.now() - begin };
  }
}

async function machineC(b: RunnerChild, gatewayUrl: string): Promise<MachineC> {
  const { secret } = (await b.post('/api/gateway/keys', { name: 'Machine C' })).body as { secret: string };
  await new MachineC(gatewayUrl, 'wrong').models().then(
    () => Promise.reject(new Error('The gateway accepted a wrong key.')),
    (error: unknown) => console.log(`a wrong key: ${String(error)}`),
  );
  return new MachineC(gatewayUrl, secret);
}

function describe({ text, tokens, firstMs, wholeMs }: Answer): string {
  return `${tokens} pieces, first after ${firstMs.toFixed(0)} ms, all after ${wholeMs.toFixed(0)} ms: ${JSON.stringify(text.slice(0, 60))}…`;
}

async function overSsh(): Promise<void> {
  console.log('A → B → C through ssh -R');
  const gatewayPort = await unusedPort();
  const setting = await TunnelSetting.open({ b: { GATEWAY_PORT: String(gatewayPort) } });
  try {
    await setting.connect();
    const { problem, latencyMs } = await setting.tunnel();
    console.log(`tunnel up, latency ${latencyMs} ms, problem ${problem?.code ?? 'none'}`);
    const c = await machineC(setting.b, `http://127.0.0.1:${gatewayPort}`);
    const model = await waitUntil('the model at the gateway', async () => (await c.models())[0], TIMEOUT_MS);
    console.log(`C sees the model ${model}`);
    console.log(`C asks: ${describe(await c.ask(model, 'Hello'))}`);

    await setting.sshd.stop();
    const noticedMs = await setting.untilProblem('connection-refused');
    const refusal = await c.ask(model, 'Hello').then(describe, String);
    console.log(
      `sshd killed. A says connection-refused after ${noticedMs.toFixed(0)} ms. C asks: ${refusal}`,
    );
    await pause(5_000);
    await setting.sshd.start();
    const begin = performance.now();
    const answer = await waitUntil(
      'an answer',
      async () => c.ask(model, 'Hello').catch(() => null),
      TIMEOUT_MS,
    );
    console.log(
      `sshd started. C has a whole answer again after ${((performance.now() - begin) / 1000).toFixed(1)} s: ${describe(answer)}`,
    );
  } finally {
    await setting.close();
  }
}

async function overMqtt(): Promise<void> {
  console.log('\nA1, A2 → Mosquitto → B → C');
  const dir = mkdtempSync(join(tmpdir(), 'llm-faults-'));
  const broker = await startMosquitto();
  const gatewayPort = await unusedPort();
  const env = { MQTT_BROKER_URL: broker.url };
  const start = async (name: string, rest: Record<string, string> = {}): Promise<RunnerChild> =>
    startRunner(join(dir, name), { env: { ...env, ...rest } });
  const runners = [
    await start('a1'),
    await start('a2'),
    await start('b', { MQTT_WORKER: 'false', GATEWAY_PORT: String(gatewayPort) }),
  ];
  try {
    const [a1, a2, b] = runners as [RunnerChild, RunnerChild, RunnerChild];
    for (const a of [a1, a2]) {
      const port = await unusedPort();
      const launched = await a.post('/api/runner/launch', {
        id: 'model',
        recipe: 'embedded',
        form: { model: MODEL_FILE, port },
      });
      if (launched.status >= 300) throw new Error(JSON.stringify(launched.body));
    }
    const hasBoth = async (): Promise<boolean> => {
      const { workers } = (await b.get('/api/mqtt')).body as { workers: { models: unknown[] }[] };
      return workers.filter(({ models }) => models.length > 0).length === 2;
    };
    await waitUntil('both workers with a model', hasBoth, TIMEOUT_MS);
    const c = await machineC(b, `http://127.0.0.1:${gatewayPort}`);
    const model = await waitUntil('the model at the gateway', async () => (await c.models())[0], TIMEOUT_MS);
    console.log(`C sees the model ${model}`);
    const begin = performance.now();
    const answers = await Promise.all(
      Array.from({ length: 20 }, async (_, number) => c.ask(model, `Question ${number}`)),
    );
    console.log(
      `20 requests at once, all answered after ${((performance.now() - begin) / 1000).toFixed(1)} s`,
    );
    console.log(`the first: ${answers[0] === undefined ? 'none' : describe(answers[0])}`);
    const countsOf = async (runner: RunnerChild): Promise<Record<string, number>> =>
      ((await runner.get('/api/mqtt')).body as { counters: Record<string, number> }).counters;
    // A worker counts an answer once the broker has confirmed all of its messages.
    const completeCounts = async (): Promise<Record<string, number>[] | false> => {
      const all = await Promise.all(runners.map(countsOf));
      return all.reduce((sum, { answered = 0 }) => sum + answered, 0) === answers.length && all;
    };
    const counts = await waitUntil('both workers to have counted', completeCounts, TIMEOUT_MS);
    const columns = ['asked', 'taken', 'answered', 'handedOn', 'failed', 'duplicates'];
    const rows = counts.map((of, index) => [
      ['A1', 'A2', 'B'][index] ?? '',
      ...columns.map((column) => String(of[column])),
    ]);
    printTable(['runner', ...columns], rows);
    if (answers.some(({ tokens }) => tokens === 0)) process.exitCode = 1;
  } finally {
    await Promise.all(runners.map(async (runner) => runner.end('SIGTERM')));
    await broker.end();
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

await overSsh();
await overMqtt();
