/** Rounds of load on several ways to one model server, in turn, and what they cost. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { processFigures, resetPeak } from '../measuring/process-figures.ts';
import type { Load, LoadReport } from './load-generator.ts';
import { chatBody } from './start-ways.ts';
import type { Way } from './start-ways.ts';
import { summarize } from './summaries.ts';
import type { Measured, Summaries } from './summaries.ts';

export type Shape = Pick<Load, 'clients' | 'rampMs' | 'forMs' | 'tokens'> & { pace: string; rounds: number };
export type Run = (way: Way, shape: Shape) => Promise<LoadReport>;

async function measure(run: Run, way: Way, shape: Shape): Promise<Measured> {
  for (const pid of way.pids) resetPeak(pid);
  const cpuOf = (): number => way.pids.reduce((sum, pid) => sum + processFigures(pid).cpuMs, 0);
  const before = cpuOf();
  const report = await run(way, shape);
  // The accounts of the last requests are written a moment later.
  await pause(250);
  return { ...report, cpuMs: cpuOf() - before, peakBytes: peakOf(way) };
}

/** The highest resident memory of a way since its last round began. */
export function peakOf(way: Way): number {
  return way.pids.reduce((sum, pid) => sum + processFigures(pid).peakBytes, 0);
}

/** Each round begins with another way, so that a busy moment of the machine does not always hit the same one. */
export async function measureInTurn(run: Run, all: readonly Way[], shape: Shape): Promise<Summaries> {
  const measured = new Map(all.map((way): [Way, Measured[]] => [way, []]));
  for (let round = 0; round < shape.rounds; round += 1) {
    for (const way of [...all.slice(round), ...all.slice(0, round)])
      measured.get(way)?.push(await measure(run, way, shape));
  }
  const summaries = new Map([...measured].map(([way, rounds]) => [way, summarize(rounds)]));
  if ([...summaries.values()].some(({ wrong }) => wrong > 0)) process.exitCode = 1;
  return summaries;
}

export async function startLoadGenerator(cleanup: AsyncDisposableStack): Promise<Run> {
  const child = fork(fileURLToPath(new URL('./load-generator.ts', import.meta.url)));
  cleanup.defer(() => void child.kill('SIGKILL'));
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`The load generator ended with ${code}.`);
  });
  const reply = async (): Promise<unknown[]> => Promise.race([once(child, 'message'), gone]);
  // What is sent before a child listens is lost.
  await reply();
  return async ({ url, headers, model }, { clients, rampMs, forMs, tokens, pace }) => {
    const body = JSON.stringify(chatBody({ isStream: tokens > 0, tokens, pace, model }));
    child.send({ url, headers, body, clients, rampMs, forMs, tokens } satisfies Load);
    const [report] = (await reply()) as [LoadReport];
    return report;
  };
}
