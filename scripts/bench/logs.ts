/** Benchmark of the log path: flood, latency and stalled viewers, each beside a bare Node server in the same run. `node scripts/bench/logs.ts` (about 40 s). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { figuresOf, megabytes, pause, printTable, startProgram, withFolder } from './bench-tools.ts';

const LINES = 200_000;
const VIEWERS = 50;
const LATENCY_SECONDS = 5;
const STALLED = 20;
const STALLED_MEGABYTES = 100;

async function withRunner<Result>(use: (runner: RunnerChild, dir: string) => Promise<Result>): Promise<Result> {
  return withFolder(async (dir) => {
    const runner = await startRunner(join(dir, 'data'));
    try {
      return await use(runner, dir);
    } finally {
      await runner.end('SIGTERM');
    }
  });
}

async function launchChild(runner: RunnerChild, id: string, args: readonly string[]): Promise<void> {
  const child = join(import.meta.dirname, 'bench-child.ts');
  const { status, body } = await runner.post('/api/runner/launch', { id, cmd: process.execPath, args: [child, ...args] });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

interface Flood {
  seconds: number;
  lines: number;
  bytes: number;
  outOfOrder: number;
  different: number;
}

/** Timed from `begin`, or from the first connection where the bytes are there already. */
async function floodViewers(url: string, begin: (() => void) | null): Promise<Flood> {
  const viewers = startProgram('viewers.ts', [url, String(VIEWERS), 'flood']);
  await viewers.line();
  if (begin !== null) await pause(500);
  const begunAt = Date.now();
  begin?.();
  const result = JSON.parse(await viewers.line()) as Omit<Flood, 'seconds'> & { openedAt: number; doneAt: number };
  return { ...result, seconds: (result.doneAt - (begin === null ? result.openedAt : begunAt)) / 1000 };
}

async function flood(): Promise<string[][]> {
  const { ours, again, frames } = await withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'flood', [start, 'flood', String(LINES)]);
    await pause(300);
    const live = await floodViewers(`${runner.url}/api/runner/stream/flood?tail=0`, () => writeFileSync(start, ''));
    const replay = await floodViewers(`${runner.url}/api/runner/stream/flood?from=0`, null);
    return { ours: live, again: replay, frames: await recordFrames(runner) };
  });
  const bare = await withFolder(async (dir) => {
    const file = join(dir, 'frames');
    writeFileSync(file, frames);
    const server = startProgram('bare-server.ts', ['flood', file]);
    try {
      return await floodViewers(await server.line(), () => void server.child.kill('SIGUSR2'));
    } finally {
      await server.end();
    }
  });
  const row = (name: string, result: Flood): string[] => [
    name,
    `${((LINES * VIEWERS) / result.seconds / 1e6).toFixed(2)} M/s`,
    `${result.seconds.toFixed(2)} s`,
    `${((result.bytes * VIEWERS) / result.seconds / 1e6).toFixed(0)} MB/s`,
    `${result.lines} lines, ${result.outOfOrder} out of order, ${result.different} viewers differ`,
  ];
  return [
    row('live: child → shim → file → 50 viewers', ours),
    row('replay of the stored log to 50 viewers', again),
    row('bare Node server, same bytes', bare),
  ];
}

/** The very bytes that a viewer got. */
async function recordFrames(runner: RunnerChild): Promise<Buffer> {
  const response = await fetch(`${runner.url}/api/runner/stream/flood?from=0`);
  const parts: Uint8Array[] = [];
  for await (const part of response.body ?? []) {
    parts.push(part);
    if (Buffer.from(part).includes('flood over')) break;
  }
  return Buffer.concat(parts);
}

async function latencyOf(
  url: string,
  viewers: number,
  begin: () => void,
): Promise<{ p50: number; p99: number; max: number; lines: number }> {
  const program = startProgram('viewers.ts', [url, String(viewers), 'latency']);
  await program.line();
  begin();
  await pause(LATENCY_SECONDS * 1000);
  program.child.kill('SIGTERM');
  return JSON.parse(await program.line()) as { p50: number; p99: number; max: number; lines: number };
}

async function latency(viewers: number): Promise<string[][]> {
  const ours = await withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'steady', [start, 'rate', '1000']);
    return latencyOf(`${runner.url}/api/runner/stream/steady?tail=0`, viewers, () => writeFileSync(start, ''));
  });
  const server = startProgram('bare-server.ts', ['latency', '1000']);
  const bare = await latencyOf(await server.line(), viewers, () => void server.child.kill('SIGUSR2'));
  await server.end();
  const row = (name: string, result: typeof ours): string[] => [
    name,
    String(viewers),
    ...[result.p50, result.p99, result.max].map((ms) => `${ms.toFixed(1)} ms`),
    String(result.lines),
  ];
  return [row('ours', ours), row('bare Node server', bare)];
}

async function stalledViewers(): Promise<string[][]> {
  return withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'bulk', [start, 'bulk', String(STALLED_MEGABYTES)]);
    await pause(1_000);
    const idle = figuresOf(runner.pid).residentBytes;
    const viewers = startProgram('viewers.ts', [`${runner.url}/api/runner/stream/bulk?tail=0`, String(STALLED), 'stall']);
    await viewers.line();
    writeFileSync(start, '');
    let peak = idle;
    for (let end = 0, last = -1; end !== last;) {
      last = end;
      for (let look = 0; look < 20; look += 1) {
        peak = Math.max(peak, figuresOf(runner.pid).residentBytes);
        await pause(50);
      }
      end = Number((await runner.get('/api/runner/logs/bulk?limit=1')).body['end']);
    }
    await viewers.end();
    return [[String(STALLED), `${STALLED_MEGABYTES} MB`, megabytes(idle), megabytes(peak), megabytes(peak - idle)]];
  });
}

console.log(`Flood: ${LINES} lines to ${VIEWERS} viewers (figure: ≥ 4 M deliveries/s, complete, in order)`);
printTable(['what', 'deliveries', 'time', 'throughput', 'check'], await flood());
console.log('\nLatency from print to viewer at 1,000 lines/s (figure: p50 ≤ 10 ms, p99 ≤ 25 ms)');
printTable(['what', 'viewers', 'p50', 'p99', 'max', 'lines'], [...(await latency(1)), ...(await latency(50))]);
console.log('\nRunner memory with stalled viewers (figure: ≤ 60 MB above idle)');
printTable(['viewers', 'log', 'idle', 'peak', 'above idle'], await stalledViewers());
