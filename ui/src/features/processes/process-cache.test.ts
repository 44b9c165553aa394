import { expect, it } from 'vitest';
import type { ProcessSnapshot } from '#contract/process';
import { makeT } from '../../locales/make-t.ts';
import { describeExit } from './describe-exit.ts';
import { toLive, withProcess, withUsage, withoutProcess } from './process-cache.ts';

const snapshot = (id: string, patch: Partial<ProcessSnapshot> = {}): ProcessSnapshot => ({
  id,
  recipe: 'command',
  state: 'ready',
  pid: 1,
  run: 1,
  port: null,
  url: null,
  startedAt: null,
  uptimeMs: 5000,
  cpuPercent: null,
  memoryBytes: null,
  restarts: 0,
  restartPolicy: 'never',
  nextRestartAt: null,
  exit: null,
  diagnosis: null,
  command: 'x',
  cwd: null,
  note: null,
  profileId: null,
  ...patch,
});

it('counts uptime on the clock of the page', () => {
  expect(toLive(snapshot('a'), 100_000).upSinceMs).toBe(95_000);
  expect(toLive(snapshot('a', { uptimeMs: null }), 100_000).upSinceMs).toBeNull();
});

it('sorts new processes in, changes known ones in place, removes forgotten ones', () => {
  const list = withProcess(
    withProcess([toLive(snapshot('b'), 0)], toLive(snapshot('c'), 0)),
    toLive(snapshot('a'), 0),
  );
  expect(list.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
  expect(withProcess(list, toLive(snapshot('b', { state: 'failed' }), 0)).map(({ state }) => state)).toEqual([
    'ready',
    'failed',
    'ready',
  ]);
  expect(withoutProcess(list, 'b').map(({ id }) => id)).toEqual(['a', 'c']);
  expect(
    withUsage(list, { b: { cpuPercent: 3, memoryBytes: 4 } }).map(({ cpuPercent }) => cpuPercent),
  ).toEqual([null, 3, null]);
});

it.each([
  [{ reason: 'stopped', signal: 'SIGTERM', code: null }, 'Stopped'],
  [{ reason: 'stopped', signal: 'SIGKILL', code: null }, 'Stopped; it had to be killed'],
  [{ reason: 'exited', signal: null, code: 0 }, 'Exited with code 0'],
  [{ reason: 'crashed', signal: null, code: 3 }, 'Crashed with code 3'],
  [{ reason: 'crashed', signal: 'SIGSEGV', code: null }, 'Ended by signal SIGSEGV'],
  [{ reason: 'spawn-failed', signal: null, code: null }, 'It did not start'],
] as const)('says how a run ended: %o', (exit, words) => {
  expect(describeExit({ ...exit, at: '' }, makeT())).toBe(words);
});
