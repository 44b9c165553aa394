/** Benchmark of launching: call to exec and memory of a shim, each beside a bare Node program, and CPU of an idle runner. `node scripts/bench/launch.ts` (about 40 s). */
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { startRunner } from '../../runner/testing/start-runner.ts';
import type { RunnerChild } from '../../runner/testing/start-runner.ts';
import { monotonicMs } from './measuring/monotonic-ms.ts';
import { percentile } from './measuring/percentile.ts';
import { megabytes, printTable } from './measuring/print-table.ts';
import { processFigures } from './measuring/process-figures.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';

const LAUNCHES = 20;
const PROCESSES = 10;
const IDLE_SECONDS = 20;

function row(name: string, times: readonly number[]): string[] {
  const at = (part: number): string => `${percentile(times, part).toFixed(0)} ms`;
  return [name, at(0.5), at(0.9), at(1)];
}

/** Its first act is to print the machine's uptime. */
const child = ['-c', 'read -r uptime rest < /proc/uptime; echo "$uptime"; exec sleep 1000'];

async function launchTimes(runner: RunnerChild): Promise<string[][]> {
  const responses: number[] = [];
  const execs: number[] = [];
  for (let index = 0; index < LAUNCHES; index += 1) {
    const id = `launch-${index}`;
    const calledAt = monotonicMs();
    const { body } = await runner.post('/api/runner/launch', { id, cmd: '/bin/sh', args: child });
    if (body['ok'] !== true) throw new Error(JSON.stringify(body));
    responses.push(monotonicMs() - calledAt);
    const page = (await logOf(runner, id)) as { entries: { line?: string }[] };
    const uptimeSeconds = Number(page.entries.find((entry) => entry.line !== undefined)?.line);
    execs.push(uptimeSeconds * 1000 - uptimeAt(calledAt));
    await runner.post(`/api/runner/stop/${id}`, { graceMs: 0 });
  }
  return [
    row('launch call → first act of the child (10 ms steps)', execs),
    row('launch call → response', responses),
  ];
}

/** What /proc/uptime said at a point of the monotonic clock, in ms. */
function uptimeAt(clockMs: number): number {
  const uptimeMs = Number(readFileSync('/proc/uptime', 'utf8').split(' ')[0]) * 1000;
  return uptimeMs - (monotonicMs() - clockMs);
}

async function logOf(runner: RunnerChild, id: string): Promise<Record<string, unknown>> {
  for (;;) {
    const { body } = await runner.get(`/api/runner/logs/${id}`);
    if (JSON.stringify(body).includes('"line"')) return body;
    await pause(5);
  }
}

/** The least that a Node program can do: spawn a shell and read its first output. */
async function bareLaunch(): Promise<string[]> {
  const times: number[] = [];
  for (let index = 0; index < LAUNCHES; index += 1) {
    const calledAt = monotonicMs();
    const node = spawn(
      process.execPath,
      ['-e', 'require("node:child_process").spawn("/bin/sh", ["-c", "echo"], { stdio: "inherit" })'],
      {
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    await new Promise((resolve) => node.stdout.once('data', resolve));
    times.push(monotonicMs() - calledAt);
    await new Promise((resolve) => node.once('exit', resolve));
  }
  return row('bare: node that spawns a shell → its first output', times);
}

/** The shims of the data folder, by their command line. */
function shimsOf(dataDir: string): number[] {
  return readdirSync('/proc')
    .filter(
      (name) =>
        /^\d+$/.test(name) && readCommand(name).includes(dataDir) && readCommand(name).includes('run.json'),
    )
    .map(Number);
}

function readCommand(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

async function bareMemory(): Promise<string[]> {
  const node = spawn(
    process.execPath,
    ['-e', 'require("node:net"); require("node:child_process"); setInterval(() => {}, 1000)'],
    {
      stdio: 'ignore',
    },
  );
  await pause(1_000);
  const { residentBytes, privateBytes } = processFigures(node.pid ?? 0);
  node.kill('SIGKILL');
  return ['bare: node with net and child_process loaded', megabytes(residentBytes), megabytes(privateBytes)];
}

async function idle(runner: RunnerChild, dataDir: string): Promise<{ memory: string[]; cpu: string[][] }> {
  for (let index = 0; index < PROCESSES; index += 1)
    await runner.post('/api/runner/launch', { id: `idle-${index}`, cmd: 'sleep', args: ['1000'] });
  await pause(2_000);
  const shims = shimsOf(dataDir).map(processFigures);
  const largest = shims.toSorted((a, b) => b.residentBytes - a.residentBytes)[0];
  const memory = [
    `shim, the largest of ${shims.length}`,
    megabytes(largest?.residentBytes ?? NaN),
    megabytes(largest?.privateBytes ?? NaN),
  ];
  const alone = await cpuPercent(runner);
  const page = new AbortController();
  await fetch(`${runner.url}/api/runner/stream`, { signal: page.signal });
  const watched = await cpuPercent(runner);
  page.abort();
  return {
    memory,
    cpu: [
      [`idle runner, ${PROCESSES} processes, no page open`, alone],
      [`the same with one page open`, watched],
    ],
  };
}

async function cpuPercent(runner: RunnerChild): Promise<string> {
  const before = processFigures(runner.pid).cpuMs;
  await pause(IDLE_SECONDS * 500);
  return `${((processFigures(runner.pid).cpuMs - before) / (IDLE_SECONDS * 5)).toFixed(2)} %`;
}

await withCleanup(async (cleanup) => {
  const dataDir = makeFolder(cleanup);
  const runner = await startRunner(dataDir);
  cleanup.defer(async () => void (await runner.end('SIGTERM')));
  console.log(`Launch, ${LAUNCHES} times (figure: call to exec ≤ 150 ms)`);
  printTable(['what', 'p50', 'p90', 'max'], [...(await launchTimes(runner)), await bareLaunch()]);
  const { memory, cpu } = await idle(runner, dataDir);
  console.log('\nMemory (figure: shim ≤ 52 MB resident)');
  printTable(['what', 'resident', 'private'], [memory, await bareMemory()]);
  console.log('\nCPU of the runner (figure: ≤ 1 %)');
  printTable(['what', 'CPU'], cpu);
});
