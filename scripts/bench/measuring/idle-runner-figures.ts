/** Measures a runner that has no data and nothing to do: started, left alone for a while, ended. */
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRunner } from '../../../runner/testing/start-runner.ts';
import { processFigures } from './process-figures.ts';
import type { ProcessFigures } from './process-figures.ts';
import { makeFolder } from './with-cleanup.ts';

export async function idleRunnerFigures(
  cleanup: AsyncDisposableStack,
  afterMs: number,
): Promise<ProcessFigures> {
  await using own = cleanup.use(new AsyncDisposableStack());
  const runner = await startRunner(join(makeFolder(own), 'data'));
  own.defer(async () => void (await runner.end('SIGTERM')));
  await pause(afterMs);
  return processFigures(runner.pid);
}
