/**
 * Benchmark of the chat's way through the runner: delay of the first token and of each token, CPU and memory, beside the endpoint itself and a
 * bare Node proxy. `node scripts/bench/chat.ts` (about 70 s).
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import type { ChatReport } from './chat/clients.ts';
import { percentile } from './measuring/percentile.ts';
import { megabytes, printTable } from './measuring/print-table.ts';
import { processFigures } from './measuring/process-figures.ts';
import { startProgram } from './measuring/start-program.ts';
import type { Program } from './measuring/start-program.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';

const STREAMS = 50;
const TOKENS = 200;
const FIRST_TOKENS = 300;
const ENGINE_TOKENS = 500;
const ENGINE_ROUNDS = 5;

/** One way to the model. `pid`: the process whose CPU and memory it costs; null: none. */
interface Way {
  name: string;
  url: string;
  pid: number | null;
}

interface Load {
  streams: number;
  rounds: number;
  tokens: number;
  model: 'batch' | 'spread' | 'default';
}

async function runClients(way: Way, { streams, rounds, tokens, model }: Load): Promise<ChatReport> {
  const messages = [{ role: 'user', content: 'go' }];
  const body = JSON.stringify({ model, messages, stream: true, max_tokens: tokens, temperature: 0 });
  const clients = startProgram(new URL('./chat/clients.ts', import.meta.url), [
    way.url,
    body,
    String(streams),
    String(rounds),
  ]);
  return JSON.parse(await clients.nextLine()) as ChatReport;
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

/** The upstream sends the first token at once and the second later, so that the end of a stream does not weigh on its beginning. */
async function firstTokenRows(ways: readonly Way[], streams: number): Promise<string[][]> {
  const rows: string[][] = [];
  let direct = NaN;
  for (const way of ways) {
    const { firstMs } = await runClients(way, {
      streams,
      rounds: Math.ceil(FIRST_TOKENS / streams),
      tokens: 2,
      model: 'batch',
    });
    const p50 = percentile(firstMs, 0.5);
    if (Number.isNaN(direct)) direct = p50;
    rows.push([way.name, String(streams), ms(p50), ms(percentile(firstMs, 0.99)), ms(p50 - direct)]);
  }
  return rows;
}

async function everyTokenRows(
  ways: readonly Way[],
  load: Pick<Load, 'streams' | 'model'>,
): Promise<string[][]> {
  const rows: string[][] = [];
  let direct = NaN;
  for (const way of ways) {
    const before = way.pid === null ? null : processFigures(way.pid);
    const { lagMs, delivered, outOfOrder } = await runClients(way, { ...load, rounds: 1, tokens: TOKENS });
    // The last frames are recorded within 200 ms.
    await pause(300);
    const after = way.pid === null ? null : processFigures(way.pid);
    const p50 = percentile(lagMs, 0.5);
    if (Number.isNaN(direct)) direct = p50;
    rows.push([
      way.name,
      load.streams === 1 ? '1' : `${load.streams}, ${load.model}`,
      ms(p50),
      ms(percentile(lagMs, 0.99)),
      ms(percentile(lagMs, 1)),
      ms(p50 - direct),
      `${delivered} of ${load.streams * TOKENS}, ${outOfOrder} out of order`,
      // CPU time is counted in ticks of 10 ms: too coarse for one stream.
      before === null || after === null || load.streams === 1
        ? ''
        : `${(((after.cpuMs - before.cpuMs) * 1000) / delivered).toFixed(0)} µs`,
      after === null ? '' : megabytes(after.residentBytes),
    ]);
  }
  return rows;
}

async function nextUrl(cleanup: AsyncDisposableStack, program: Program): Promise<string> {
  cleanup.defer(async () => program.end());
  return program.nextLine();
}

async function startRunnerIn(
  cleanup: AsyncDisposableStack,
  env: Record<string, string> = {},
): Promise<RunnerChild> {
  const runner = await startRunner(join(makeFolder(cleanup), 'data'), { env });
  cleanup.defer(async () => void (await runner.end('SIGTERM')));
  return runner;
}

async function onScriptedUpstream(cleanup: AsyncDisposableStack): Promise<void> {
  const upstream = await nextUrl(cleanup, startProgram(new URL('./chat/model-server.ts', import.meta.url)));
  const proxy = startProgram(new URL('./gateway/bare-proxy.ts', import.meta.url), [upstream]);
  const proxyUrl = await nextUrl(cleanup, proxy);
  const runner = await startRunnerIn(cleanup, { LLM_SERVER_URL: upstream });
  const path = '/v1/chat/completions';
  const ways: Way[] = [
    { name: 'endpoint itself', url: upstream + path, pid: null },
    { name: 'a bare Node proxy', url: proxyUrl + path, pid: proxy.child.pid ?? 0 },
    { name: 'through /api/llm/chat/stream', url: `${runner.url}/api/llm/chat/stream`, pid: runner.pid },
  ];
  // What a program compiles in its first seconds is no part of the figures.
  for (const way of ways) await runClients(way, { streams: STREAMS, rounds: 10, tokens: 5, model: 'batch' });

  console.log('First token (figure: ≤ 1 ms added at 1 stream)');
  const head = ['what', 'streams at once', 'p50', 'p99', 'added (p50)'];
  printTable(head, [...(await firstTokenRows(ways, 1)), ...(await firstTokenRows(ways, STREAMS))]);

  console.log(
    '\nEach token, from sent to received, at 50 tokens/s per stream (figures: ≤ 2 ms p50 and ≤ 120 µs CPU at 50 streams)',
  );
  console.log(
    '"batch": the server sends the tokens of all streams at one instant, as llama-server does; "spread": at 50 different ones.',
  );
  const rows: string[][] = [];
  rows.push(...(await everyTokenRows(ways, { streams: 1, model: 'batch' })));
  for (const model of ['batch', 'spread'] as const)
    rows.push(...(await everyTokenRows(ways, { streams: STREAMS, model })));
  printTable(
    ['what', 'streams', 'p50', 'p99', 'max', 'added (p50)', 'check', 'CPU per token', 'resident'],
    rows,
  );
}

/** tiny-random.gguf as its maker writes it, but without the token that ends an answer. */
function endlessModel(dir: string): string {
  const file = join(dir, 'tiny-random-endless.gguf');
  const maker = join(import.meta.dirname, '..', '..', 'presets', 'models', 'how-made', 'make_tiny_gguf.mjs');
  execFileSync(process.execPath, [maker, file, '--eosmu=-100']);
  return file;
}

async function onEmbeddedEngine(cleanup: AsyncDisposableStack): Promise<void> {
  const model = endlessModel(makeFolder(cleanup));
  const runner = await startRunnerIn(cleanup);
  const form = { model, port: 'auto', context: 2048, parallel: 1 };
  const { body } = await runner.post('/api/runner/launch', { id: 'engine', recipe: 'embedded', form });
  while ((await runner.get('/api/llm/health')).status !== 200) await pause(50);
  const ways: Way[] = [
    {
      name: 'endpoint itself',
      url: `http://127.0.0.1:${String(body['port'])}/v1/chat/completions`,
      pid: null,
    },
    { name: 'through /api/llm/chat/stream', url: `${runner.url}/api/llm/chat/stream`, pid: null },
  ];
  const load: Load = { streams: 1, rounds: 1, tokens: ENGINE_TOKENS, model: 'default' };
  const reportsOf = new Map(ways.map((way): [Way, ChatReport[]] => [way, []]));
  for (const way of ways) await runClients(way, load);
  // In turn, so that a busy moment of the machine affects both.
  for (let round = 0; round < ENGINE_ROUNDS; round += 1) {
    for (const [way, reports] of reportsOf) reports.push(await runClients(way, load));
  }
  const rows = [...reportsOf].map(([way, reports]) => {
    const rates = reports.flatMap((report) => report.rates);
    const first = reports.flatMap((report) => report.firstMs);
    return [
      way.name,
      `${percentile(rates, 0.5).toFixed(0)}/s`,
      `${percentile(rates, 1).toFixed(0)}/s`,
      ms(percentile(first, 0.5)),
    ];
  });
  printTable(['what', 'tokens (median)', 'tokens (best)', 'first token (median)'], rows);
}

await withCleanup(onScriptedUpstream);
console.log(
  `\nThe embedded engine with tiny-random.gguf, 1 stream of ${ENGINE_TOKENS} tokens, ${ENGINE_ROUNDS} times each in turn`,
);
await withCleanup(onEmbeddedEngine);
