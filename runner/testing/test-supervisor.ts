/** A supervisor with its logs on a temporary folder; ends all that it started when the test ends, whatever happened. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { LogEntry } from '#contract/log';
import { LogHub } from '../running/logs/log-hub.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import { Supervisor } from '../running/processes/supervisor.ts';
import type { SupervisorOutside } from '../running/processes/supervisor.ts';
import { tempDir } from './temp-dir.ts';

const RUNNER_DIR = join(import.meta.dirname, '..');

export function childProgram(name: string): string {
  return join(RUNNER_DIR, 'testing', 'children', name);
}

export function testSpec(id: string, cmd: string, args: string[] = []): ProcessSpec {
  return {
    id,
    cmd,
    args,
    recipe: 'command',
    target: null,
    env: {},
    cwd: null,
    shell: false,
    stdin: 'ignore',
    host: '127.0.0.1',
    port: null,
    ready: null,
    restart: { policy: 'never' },
    graceMs: 5e3,
    termAgainAfterMs: null,
    profileId: null,
    display: [cmd, ...args].join(' '),
  };
}

export interface TestSupervisor {
  supervisor: Supervisor;
  logs: LogHub;
  dataDir: string;
  /** All entries of a log. */
  entries: (id: string) => Promise<LogEntry[]>;
  /** The texts of all lines of a log. */
  lines: (id: string) => Promise<string[]>;
}

/** Several on one `dataDir` stand for runners that follow one another: release the earlier one with `stop({ keepProcesses: true })`. */
export async function testSupervisor(options: Partial<SupervisorOutside> = {}): Promise<TestSupervisor> {
  const dataDir = options.dataDir ?? tempDir();
  const logs = new LogHub(dataDir);
  const supervisor = new Supervisor({
    shim: {
      entry: join(RUNNER_DIR, 'running', 'shim', 'main.ts'),
      compileCacheDir: join(RUNNER_DIR, '..', '.cache', 'node'),
    },
    random: Math.random,
    watchLines: (target, onText) => logs.watchLines(target, onText),
    diagnose: () => Promise.resolve(null),
    ...options,
    dataDir,
  });
  supervisor.logGrew.subscribe(({ id, end }) => logs.announce(id, end));
  onTestFinished(() => supervisor.stop({ keepProcesses: false, graceMs: 0 }));
  await supervisor.start();
  const entries = async (id: string): Promise<LogEntry[]> => {
    const found: LogEntry[] = [];
    for (let at = logs.feed(id).reader.bounds().start; ;) {
      const block = await logs.feed(id).block(at);
      if (block === null) return found;
      found.push(...block.entries());
      at = block.to;
    }
  };
  const lines = async (id: string) =>
    (await entries(id)).flatMap((entry) => ('line' in entry ? [entry.line] : []));
  return { supervisor, logs, dataDir, entries, lines };
}
