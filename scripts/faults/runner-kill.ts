/**
 * Fault run of the log: kill -9 of the runner, 4 times, while a child prints 20,000 lines/s and a viewer resumes.
 * `node scripts/faults/runner-kill.ts` (about 20 s).
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { createParser } from 'eventsource-parser';
import { startRunner } from '../../runner/testing/start-runner.ts';
import { printTable } from '../bench/measuring/print-table.ts';

const KILLS = 4;
const RATE = 20_000;
const SECONDS_BETWEEN = 2;
const child = join(import.meta.dirname, '..', '..', 'runner', 'testing', 'children', 'chatty.mjs');

/** What one viewer received over all its connections. */
class Viewer {
  lastEventId = '';
  readonly seen: number[] = [];

  /** Reads until the connection breaks or `signal` ends it; counts an event only once it is whole, as a browser does. */
  async watch(url: string, signal: AbortSignal): Promise<void> {
    const headers: Record<string, string> =
      this.lastEventId === '' ? {} : { 'last-event-id': this.lastEventId };
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        if (id !== undefined) this.lastEventId = id;
        const number = event === undefined ? /^\{"line":"line (\d+)/.exec(data)?.[1] : undefined;
        if (number !== undefined) this.seen.push(Number(number));
      },
    });
    try {
      const response = await fetch(url, { headers, signal });
      const decoder = new TextDecoder();
      for await (const chunk of response.body ?? []) parser.feed(decoder.decode(chunk, { stream: true }));
    } catch {
      // The run kills the runner on purpose.
    }
  }
}

const dataDir = mkdtempSync(join(tmpdir(), 'llm-faults-'));
const viewer = new Viewer();
const rows: string[][] = [];
let runner = await startRunner(dataDir);
try {
  const launched = await runner.post('/api/runner/launch', {
    id: 'chatty',
    cmd: process.execPath,
    args: [child, '100000000', String(RATE)],
  });
  const pid = Number(launched.body['pid']);
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const watching = viewer.watch(
      `${runner.url}/api/runner/stream/chatty?from=0`,
      AbortSignal.timeout(60_000),
    );
    const before = viewer.seen.length;
    await pause(SECONDS_BETWEEN * 1000);
    await runner.end('SIGKILL');
    await watching;
    await pause(300);
    runner = await startRunner(dataDir);
    const { process: adopted } = (await runner.get('/api/runner/processes/chatty')).body as {
      process: { pid: number; state: string };
    };
    const samePid = adopted.pid === pid ? `${pid} unchanged` : `${pid} became ${adopted.pid}`;
    rows.push([`kill -9 no. ${kill}`, String(viewer.seen.length - before), samePid, adopted.state]);
  }
  await runner.post('/api/runner/stop/chatty', {});
  const { body } = await runner.get('/api/runner/logs/chatty?limit=1');
  await drain(Number(body['end']));
} finally {
  await runner.end('SIGTERM');
  rmSync(dataDir, { recursive: true, force: true, maxRetries: 5 });
}

/** Reads the rest, up to the end record of the stopped run. */
async function drain(end: number): Promise<void> {
  const finished = new AbortController();
  const looking = setInterval(() => {
    if (Number(viewer.lastEventId) >= end) finished.abort();
  }, 20);
  await viewer.watch(
    `${runner.url}/api/runner/stream/chatty`,
    AbortSignal.any([finished.signal, AbortSignal.timeout(60_000)]),
  );
  clearInterval(looking);
}

const last = viewer.seen.at(-1) ?? -1;
const distinct = new Set(viewer.seen).size;
const lost = last + 1 - distinct;
const twice = viewer.seen.length - distinct;
const outOfOrder = viewer.seen.filter(
  (number, index) => index > 0 && number < (viewer.seen[index - 1] ?? 0),
).length;
printTable(['event', 'lines seen before it', "child's pid", 'state after'], rows);
console.log(
  `\n${viewer.seen.length} lines seen (0 to ${last}) over ${KILLS + 1} connections: lost ${lost}, twice ${twice}, out of order ${outOfOrder}`,
);
process.exitCode =
  lost === 0 && twice === 0 && outOfOrder === 0 && rows.every((row) => row[2]?.endsWith('unchanged') === true)
    ? 0
    : 1;
