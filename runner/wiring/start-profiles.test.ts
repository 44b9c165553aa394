import { expect, it, onTestFinished } from 'vitest';
import { startRunner } from '../testing/start-runner.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { waitUntil } from '../testing/wait-until.ts';

async function runnerOn(dataDir: string): Promise<RunnerChild> {
  const runner = await startRunner(dataDir);
  onTestFinished(async () => void (await runner.end('SIGTERM')));
  return runner;
}

function profile(name: string, cmd: string, startWithRunner: boolean): object {
  return {
    name,
    processId: name,
    target: { recipe: 'command', form: { cmd, args: ['1000'] } },
    startWithRunner,
  };
}

it('starts the profiles that are to start with the runner, and one that cannot start keeps nobody else from it', async () => {
  const dataDir = tempDir();
  const first = await runnerOn(dataDir);
  for (const body of [
    profile('broken', 'no-such-command', true),
    profile('wanted', 'sleep', true),
    profile('other', 'sleep', false),
  ]) {
    expect((await first.post('/api/launch/profiles', body)).status).toBe(201);
  }
  expect((await first.get('/api/runner/processes')).body['processes']).toEqual([]);
  await first.end('SIGTERM');
  const second = await runnerOn(dataDir);
  const process = await waitUntil('the wanted process', async () => {
    const { status, body } = await second.get('/api/runner/processes/wanted');
    return status === 200 && (body['process'] as { pid: number | null; profileId: string | null });
  });
  expect(process.pid).toBeGreaterThan(1);
  expect(process.profileId).not.toBeNull();
  const { processes } = (await second.get('/api/runner/processes')).body as { processes: { id: string }[] };
  expect(processes.map(({ id }) => id)).toEqual(['wanted']);
  await second.end('SIGKILL');
  const third = await runnerOn(dataDir);
  expect((await third.get('/api/runner/processes/wanted')).body['process']).toMatchObject({
    pid: process.pid,
    run: 1,
  });
});
