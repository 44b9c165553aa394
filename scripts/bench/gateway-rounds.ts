/** Rounds of load on several ways to one model server, in turn, and what they cost. */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { figuresOf, forgetPeak, pause } from './bench-tools.ts';
import type { Load, LoadReport } from './gateway-clients.ts';
import { summarize } from './gateway-report.ts';
import type { Measured, Summaries } from './gateway-report.ts';
import { chatBody } from './gateway-ways.ts';
import type { Way } from './gateway-ways.ts';

export type Shape = Pick<Load, 'clients' | 'rampMs' | 'forMs' | 'tokens'> & { pace: string; rounds: number };
export type Run = (way: Way, shape: Shape) => Promise<LoadReport>;

async function measure(run: Run, way: Way, shape: Shape): Promise<Measured> {
  for (const pid of way.pids) forgetPeak(pid);
  const cpuOf = (): number => way.pids.reduce((sum, pid) => sum + figuresOf(pid).cpuMs, 0);
  const before = cpuOf();
  const report = await run(way, shape);
  // The accounts of the last requests are written a moment later.
  await pause(250);
  return { ...report, cpuMs: cpuOf() - before, peakBytes: way.pids.reduce((sum, pid) => sum + figuresOf(pid).peakBytes, 0) };
}

/** Each round begins with another way, so that a busy moment of the machine does not always hit the same one. */
export async function inTurn(run: Run, all: readonly Way[], shape: Shape): Promise<Summaries> {
  const measured = new Map(all.map((way): [Way, Measured[]] => [way, []]));
  for (let round = 0; round < shape.rounds; round += 1) {
    for (const way of [...all.slice(round), ...all.slice(0, round)]) measured.get(way)?.push(await measure(run, way, shape));
  }
  const summaries = new Map([...measured].map(([way, rounds]) => [way, summarize(rounds)]));
  if ([...summaries.values()].some(({ wrong }) => wrong > 0)) process.exitCode = 1;
  return summaries;
}

export async function startClients(endings: AsyncDisposableStack): Promise<Run> {
  const child = fork(join(import.meta.dirname, 'gateway-clients.ts'));
  endings.defer(() => void child.kill('SIGKILL'));
  const gone = once(child, 'exit').then(([code]) => {
    throw new Error(`the clients ended with ${code}`);
  });
  const answer = async (): Promise<unknown[]> => Promise.race([once(child, 'message'), gone]);
  // What is sent before a child listens is lost.
  await answer();
  return async ({ url, headers, model }, { clients, rampMs, forMs, tokens, pace }) => {
    const body = JSON.stringify(chatBody({ isStream: tokens > 0, tokens, pace, model }));
    child.send({ url, headers, body, clients, rampMs, forMs, tokens } satisfies Load);
    const [report] = (await answer()) as [LoadReport];
    return report;
  };
}
