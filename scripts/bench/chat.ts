/** Benchmark of the chat's way through the runner: delay of the first token and of each token, CPU and memory, beside the endpoint itself and a bare Node proxy. `node scripts/bench/chat.ts` (about 70 s). */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { figuresOf, megabytes, pause, printTable, startProgram, withFolder } from './bench-tools.ts';
import type { ViewersReport } from './chat-viewers.ts';

const STREAMS = 50;
const TOKENS = 200;
const FIRST_TOKENS = 300;
const ENGINE_TOKENS = 500;
const ENGINE_ROUNDS = 5;

/** One way to the model. `pid`: whose CPU and memory it costs; null: nobody's. */
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

async function view(way: Way, { streams, rounds, tokens, model }: Load): Promise<ViewersReport> {
  const messages = [{ role: 'user', content: 'go' }];
  const body = JSON.stringify({ model, messages, stream: true, max_tokens: tokens, temperature: 0 });
  const viewers = startProgram('chat-viewers.ts', [way.url, body, String(streams), String(rounds)]);
  return JSON.parse(await viewers.line()) as ViewersReport;
}

function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;
}

const ms = (value: number): string => `${value.toFixed(2)} ms`;

/** The upstream sends the first token at once; the second comes later, so that the end of an answer is no part of its beginning. */
async function firstTokens(ways: readonly Way[], streams: number): Promise<string[][]> {
  const rows: string[][] = [];
  let own = NaN;
  for (const way of ways) {
    const { firstMs } = await view(way, { streams, rounds: Math.ceil(FIRST_TOKENS / streams), tokens: 2, model: 'batch' });
    const p50 = percentile(firstMs, 0.5);
    if (Number.isNaN(own)) own = p50;
    rows.push([way.name, String(streams), ms(p50), ms(percentile(firstMs, 0.99)), ms(p50 - own)]);
  }
  return rows;
}

async function everyToken(ways: readonly Way[], load: Pick<Load, 'streams' | 'model'>): Promise<string[][]> {
  const rows: string[][] = [];
  let own = NaN;
  for (const way of ways) {
    const before = way.pid === null ? null : figuresOf(way.pid);
    const { lagMs, delivered, outOfOrder } = await view(way, { ...load, rounds: 1, tokens: TOKENS });
    // The last frames are recorded within 200 ms.
    await pause(300);
    const after = way.pid === null ? null : figuresOf(way.pid);
    const p50 = percentile(lagMs, 0.5);
    if (Number.isNaN(own)) own = p50;
    rows.push([
      way.name,
      load.streams === 1 ? '1' : `${load.streams}, ${load.model}`,
      ...[p50, percentile(lagMs, 0.99), percentile(lagMs, 1), p50 - own].map(ms),
      `${delivered} of ${load.streams * TOKENS}, ${outOfOrder} out of order`,
      // Ticks of 10 ms are too coarse for one stream.
      before === null || after === null || load.streams === 1 ? '' : `${(((after.cpuMs - before.cpuMs) * 1000) / delivered).toFixed(0)} µs`,
      after === null ? '' : megabytes(after.residentBytes),
    ]);
  }
  return rows;
}

async function onScriptedUpstream(): Promise<void> {
  const upstream = startProgram('chat-upstream.ts', []);
  const url = await upstream.line();
  const proxy = startProgram('chat-proxy.ts', [url]);
  const proxyUrl = await proxy.line();
  await withRunner({ LLM_SERVER_URL: url }, async (runner) => {
    const path = '/v1/chat/completions';
    const ways: Way[] = [
      { name: 'endpoint itself', url: url + path, pid: null },
      { name: 'a bare Node proxy (pipe)', url: proxyUrl + path, pid: proxy.child.pid ?? 0 },
      { name: 'through /api/llm/chat/stream', url: `${runner.url}/api/llm/chat/stream`, pid: runner.pid },
    ];
    // What a program compiles while it runs for the first seconds is no part of the figures.
    for (const way of ways) await view(way, { streams: STREAMS, rounds: 10, tokens: 5, model: 'batch' });

    console.log('First token (figure: ≤ 1 ms added at 1 stream)');
    const head = ['what', 'streams at once', 'p50', 'p99', 'added (p50)'];
    printTable(head, [...(await firstTokens(ways, 1)), ...(await firstTokens(ways, STREAMS))]);

    console.log('\nEach token, from sent to received, at 50 tokens/s per stream (figures: ≤ 2 ms p50 and ≤ 120 µs CPU at 50 streams)');
    console.log('"batch": the server sends all streams\' tokens at one instant, as llama-server does; "spread": at 50 different ones.');
    const rows: string[][] = [];
    rows.push(...(await everyToken(ways, { streams: 1, model: 'batch' })));
    for (const model of ['batch', 'spread'] as const) rows.push(...(await everyToken(ways, { streams: STREAMS, model })));
    printTable(['what', 'streams', 'p50', 'p99', 'max', 'added (p50)', 'check', 'CPU per token', 'resident'], rows);
  });
  await Promise.all([proxy.end(), upstream.end()]);
}

async function withRunner(env: Record<string, string>, use: (runner: RunnerChild, dir: string) => Promise<void>): Promise<void> {
  await withFolder(async (dir) => {
    const runner = await startRunner(join(dir, 'data'), { env });
    try {
      await use(runner, dir);
    } finally {
      await runner.end('SIGTERM');
    }
  });
}

/** tiny-random.gguf as it was made, but never ending an answer by itself. */
function endlessModel(dir: string): string {
  const file = join(dir, 'tiny-random-endless.gguf');
  const maker = join(import.meta.dirname, '..', '..', 'presets', 'models', 'how-made', 'make_tiny_gguf.mjs');
  execFileSync(process.execPath, [maker, file, '--eosmu=-100']);
  return file;
}

async function onEmbeddedEngine(): Promise<void> {
  await withRunner({}, async (runner, dir) => {
    const form = { model: endlessModel(dir), port: 'auto', context: 2048, parallel: 1 };
    const { body } = await runner.post('/api/runner/launch', { id: 'engine', recipe: 'embedded', form });
    while ((await runner.get('/api/llm/health')).status !== 200) await pause(50);
    const ways: Way[] = [
      { name: 'endpoint itself', url: `http://127.0.0.1:${String(body['port'])}/v1/chat/completions`, pid: null },
      { name: 'through /api/llm/chat/stream', url: `${runner.url}/api/llm/chat/stream`, pid: null },
    ];
    const load: Load = { streams: 1, rounds: 1, tokens: ENGINE_TOKENS, model: 'default' };
    const seen = new Map(ways.map((way): [Way, ViewersReport[]] => [way, []]));
    for (const way of ways) await view(way, load);
    // In turn, so that a busy moment of the machine hits both.
    for (let round = 0; round < ENGINE_ROUNDS; round += 1) {
      for (const [way, reports] of seen) reports.push(await view(way, load));
    }
    const rows = [...seen].map(([way, reports]) => {
      const rates = reports.flatMap((report) => report.rates);
      const first = reports.flatMap((report) => report.firstMs);
      return [way.name, `${percentile(rates, 0.5).toFixed(0)}/s`, `${percentile(rates, 1).toFixed(0)}/s`, ms(percentile(first, 0.5))];
    });
    printTable(['what', 'tokens (median)', 'tokens (best)', 'first token (median)'], rows);
  });
}

await onScriptedUpstream();
console.log(`\nThe embedded engine with tiny-random.gguf, 1 stream of ${ENGINE_TOKENS} tokens, ${ENGINE_ROUNDS} times each in turn`);
await onEmbeddedEngine();
