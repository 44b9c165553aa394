/** Benchmark of the log path: flood and latency beside a bare Node server in the same run, and stalled viewers. `node scripts/bench/logs.ts` (about 40 s). */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { megabytes, printTable } from './measuring/print-table.ts';
import { processFigures } from './measuring/process-figures.ts';
import { startProgram } from './measuring/start-program.ts';
import type { Program } from './measuring/start-program.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';

const LINES = 200_000;
const VIEWERS = 50;
const LATENCY_SECONDS = 5;
const STALLED = 20;
const STALLED_MEGABYTES = 100;

async function withRunner<Result>(
  use: (runner: RunnerChild, dir: string) => Promise<Result>,
): Promise<Result> {
  return withCleanup(async (cleanup) => {
    const dir = makeFolder(cleanup);
    const runner = await startRunner(join(dir, 'data'));
    cleanup.defer(async () => void (await runner.end('SIGTERM')));
    return use(runner, dir);
  });
}

function startViewers(url: string, count: number, mode: 'flood' | 'latency' | 'stall'): Program {
  return startProgram(new URL('./logs/viewers.ts', import.meta.url), [url, String(count), mode]);
}

function startBareServer(mode: 'flood' | 'latency', argument: string): Program {
  return startProgram(new URL('./logs/bare-server.ts', import.meta.url), [mode, argument]);
}

async function launchChild(runner: RunnerChild, id: string, args: readonly string[]): Promise<void> {
  const child = fileURLToPath(new URL('./logs/printing-child.ts', import.meta.url));
  const { status, body } = await runner.post('/api/runner/launch', {
    id,
    cmd: process.execPath,
    args: [child, ...args],
  });
  if (status !== 200) throw new Error(JSON.stringify(body));
}

interface Flood {
  seconds: number;
  lines: number;
  bytes: number;
  outOfOrder: number;
  different: number;
}

/** Timed from `begin`; where that is null, the bytes are there already and the first connection starts the clock. */
async function floodViewers(url: string, begin: (() => void) | null): Promise<Flood> {
  const viewers = startViewers(url, VIEWERS, 'flood');
  await viewers.nextLine();
  if (begin !== null) await pause(500);
  const startedAt = Date.now();
  begin?.();
  const result = JSON.parse(await viewers.nextLine()) as Omit<Flood, 'seconds'> & {
    openedAt: number;
    doneAt: number;
  };
  return { ...result, seconds: (result.doneAt - (begin === null ? result.openedAt : startedAt)) / 1000 };
}

async function flood(): Promise<string[][]> {
  const { live, replay, frames } = await withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'flood', [start, 'flood', String(LINES)]);
    await pause(300);
    const live = await floodViewers(`${runner.url}/api/runner/stream/flood?tail=0`, () =>
      writeFileSync(start, ''),
    );
    const replay = await floodViewers(`${runner.url}/api/runner/stream/flood?from=0`, null);
    return { live, replay, frames: await recordFrames(runner) };
  });
  const bare = await withCleanup(async (cleanup) => {
    const file = join(makeFolder(cleanup), 'frames');
    writeFileSync(file, frames);
    const server = startBareServer('flood', file);
    cleanup.defer(async () => server.end());
    return floodViewers(await server.nextLine(), () => void server.child.kill('SIGUSR2'));
  });
  const row = (name: string, result: Flood): string[] => [
    name,
    `${((LINES * VIEWERS) / result.seconds / 1e6).toFixed(2)} M/s`,
    `${result.seconds.toFixed(2)} s`,
    `${((result.bytes * VIEWERS) / result.seconds / 1e6).toFixed(0)} MB/s`,
    `${result.lines} lines, ${result.outOfOrder} out of order, ${result.different} viewers differ`,
  ];
  return [
    row('live: child → shim → file → 50 viewers', live),
    row('replay of the stored log to 50 viewers', replay),
    row('bare Node server, same bytes', bare),
  ];
}

/** The exact bytes that a viewer received. */
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
  const program = startViewers(url, viewers, 'latency');
  await program.nextLine();
  begin();
  await pause(LATENCY_SECONDS * 1000);
  program.child.kill('SIGTERM');
  return JSON.parse(await program.nextLine()) as { p50: number; p99: number; max: number; lines: number };
}

async function latency(viewers: number): Promise<string[][]> {
  const ours = await withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'steady', [start, 'rate', '1000']);
    return latencyOf(`${runner.url}/api/runner/stream/steady?tail=0`, viewers, () =>
      writeFileSync(start, ''),
    );
  });
  const server = startBareServer('latency', '1000');
  const bare = await latencyOf(await server.nextLine(), viewers, () => void server.child.kill('SIGUSR2'));
  await server.end();
  const row = (name: string, result: typeof ours): string[] => [
    name,
    String(viewers),
    `${result.p50.toFixed(1)} ms`,
    `${result.p99.toFixed(1)} ms`,
    `${result.max.toFixed(1)} ms`,
    String(result.lines),
  ];
  return [row('ours', ours), row('bare Node server', bare)];
}

async function stalledViewers(): Promise<string[][]> {
  return withRunner(async (runner, dir) => {
    const start = join(dir, 'start');
    await launchChild(runner, 'bulk', [start, 'bulk', String(STALLED_MEGABYTES)]);
    await pause(1_000);
    const idle = processFigures(runner.pid).residentBytes;
    const viewers = startViewers(`${runner.url}/api/runner/stream/bulk?tail=0`, STALLED, 'stall');
    await viewers.nextLine();
    writeFileSync(start, '');
    let peak = idle;
    for (let end = 0, last = -1; end !== last;) {
      last = end;
      for (let look = 0; look < 20; look += 1) {
        peak = Math.max(peak, processFigures(runner.pid).residentBytes);
        await pause(50);
      }
      end = Number((await runner.get('/api/runner/logs/bulk?limit=1')).body['end']);
    }
    await viewers.end();
    return [
      [String(STALLED), `${STALLED_MEGABYTES} MB`, megabytes(idle), megabytes(peak), megabytes(peak - idle)],
    ];
  });
}

console.log(
  `Flood: ${LINES} lines to ${VIEWERS} viewers (figure: ≥ 85 % of the bare server's deliveries/s, complete, in order)`,
);
printTable(['what', 'deliveries', 'time', 'throughput', 'check'], await flood());
console.log('\nLatency from print to viewer at 1,000 lines/s (figure: p50 ≤ 10 ms, p99 ≤ 25 ms)');
printTable(
  ['what', 'viewers', 'p50', 'p99', 'max', 'lines'],
  [...(await latency(1)), ...(await latency(50))],
);
console.log('\nRunner memory with stalled viewers (figure: ≤ 60 MB above idle)');
printTable(['viewers', 'log', 'idle', 'peak', 'above idle'], await stalledViewers());
