/** Real runners as child programs, one after another on one data folder; ends them and all they started when the test ends, however it ends. */
import { onTestFinished } from 'vitest';
import { LogHub } from '../running/logs/log-hub.ts';
import { Supervisor } from '../running/processes/supervisor.ts';
import { chooseShimProgram } from '../wiring/shim-program.ts';
import { startRunner } from './start-runner.ts';
import type { RunnerChild } from './start-runner.ts';

/** As `startRunner`, for tests. */
export async function testRunner(
  dataDir: string,
  options: Parameters<typeof startRunner>[1] = {},
): Promise<RunnerChild> {
  const starting = startRunner(dataDir, { ...options, env: { MODEL_DIRS: dataDir, ...options.env } });
  onTestFinished(async () => {
    // One that refused to start has started nothing.
    const runner = await starting.catch(() => null);
    if (runner === null) return;
    await runner.end('SIGKILL');
    await endProcessesOf(dataDir);
  });
  return starting;
}

/** Takes up whatever still lives in the folder, and ends it. */
async function endProcessesOf(dataDir: string): Promise<void> {
  const logs = new LogHub(dataDir);
  const supervisor = new Supervisor({
    dataDir,
    shim: chooseShimProgram(dataDir),
    random: Math.random,
    watchLines: (target, onText) => logs.watchLines(target, onText),
    diagnose: () => Promise.resolve(null),
  });
  await supervisor.start();
  await supervisor.stop({ keepProcesses: false, graceMs: 0 });
}
