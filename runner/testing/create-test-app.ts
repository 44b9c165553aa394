/** A whole runner inside the test's own process, on a port and a data folder of its own; everything it started is ended with the test. */
import { onTestFinished } from 'vitest';
import type { LogEntry } from '#contract/log';
import type { ProcessSnapshot } from '#contract/process';
import { readConfig } from '../config.ts';
import { createRunner } from '../create-runner.ts';
import type { Runner } from '../create-runner.ts';
import { httpClient } from './http-client.ts';
import type { HttpClient } from './http-client.ts';
import { readStream } from './read-stream.ts';
import type { EventReader, ReadStreamOptions } from './read-stream.ts';
import { tempDir } from './temp-dir.ts';
import { waitUntil } from './wait-until.ts';

export interface TestApp extends HttpClient {
  dataDir: string;
  runner: Runner;
}

/** `env` as for a real runner: `RUNNER_TOKEN`, `RUNNER_LOG_SEGMENT_BYTES` … */
export async function createTestApp(
  options: { env?: Record<string, string>; dataDir?: string } = {},
): Promise<TestApp> {
  const dataDir = options.dataDir ?? tempDir();
  const config = readConfig(
    { RUNNER_PORT: '0', RUNNER_DATA_DIR: dataDir, MODEL_DIRS: dataDir, ...options.env },
    [],
  );
  const runner = createRunner(config);
  onTestFinished(() => runner.stop({ keepProcesses: false, graceMs: 0 }));
  const url = await runner.start();
  return { ...httpClient(url), dataDir, runner };
}

/** A reader of `path` that is closed with the test. */
export async function openStream(url: string, options?: ReadStreamOptions): Promise<EventReader> {
  const reader = await readStream(url, options);
  onTestFinished(() => reader.close());
  return reader;
}

export async function snapshotOf(app: HttpClient, id: string): Promise<ProcessSnapshot> {
  const { body } = await app.get(`/api/runner/processes/${id}`);
  return body['process'] as ProcessSnapshot;
}

/** Waits until the process is in one of the states. */
export async function untilState(
  app: HttpClient,
  id: string,
  states: readonly ProcessSnapshot['state'][],
): Promise<ProcessSnapshot> {
  return waitUntil(`${id} to be ${states.join(' or ')}`, async () => {
    const snapshot = await snapshotOf(app, id);
    return states.includes(snapshot.state) && snapshot;
  });
}

/** All kept entries of a log, page by page. */
export async function entriesOf(app: HttpClient, id: string): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  for (let from = 0; ;) {
    const { body } = await app.get(`/api/runner/logs/${id}?from=${from}&limit=10000`);
    const page = body as unknown as { entries: LogEntry[]; to: number };
    if (page.entries.length === 0) return entries;
    entries.push(...page.entries);
    from = page.to;
  }
}

export async function linesOf(app: HttpClient, id: string): Promise<string[]> {
  return (await entriesOf(app, id)).flatMap((entry) => ('line' in entry ? [entry.line] : []));
}
