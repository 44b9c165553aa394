import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { linesOf, snapshotOf } from './testing/create-test-app.ts';
import type { HttpClient } from './testing/http-client.ts';
import { SeenLog } from './testing/seen-log.ts';
import { tempDir } from './testing/temp-dir.ts';
import { testRunner } from './testing/test-runner.ts';
import type { RunnerChild } from './testing/start-runner.ts';
import { childProgram } from './testing/test-supervisor.ts';
import { isAlive, waitUntil } from './testing/wait-until.ts';

async function launch(app: HttpClient, id: string, command: string[]): Promise<number> {
  const [cmd, ...args] = command;
  const { status, body } = await app.post('/api/runner/launch', { id, cmd, args });
  expect(status).toBe(200);
  return Number(body['pid']);
}

/** A process that only KILL ends, with its handlers in place. */
async function launchDeaf(app: HttpClient): Promise<number> {
  const pid = await launch(app, 'deaf', [process.execPath, childProgram('ignores-stop.mjs')]);
  await waitUntil('its handlers', async () => (await linesOf(app, 'deaf')).includes('ready'));
  return pid;
}

function outputOf(runner: RunnerChild): { text: string } {
  const output = { text: '' };
  runner.child.stdout?.on('data', (chunk: Buffer) => (output.text += chunk.toString()));
  return output;
}

async function portIsClosed(url: string): Promise<boolean> {
  return fetch(`${url}/api/runner/health`).then(
    () => false,
    () => true,
  );
}

describe.runIf(process.platform !== 'win32')('the runner program', () => {
  it('needs no .env and no variable; its one line gives the URL it listens on', async () => {
    const dataDir = tempDir();
    const runner = await testRunner(dataDir);
    const { port, hostname } = new URL(runner.url);
    expect(hostname).toBe('127.0.0.1');
    expect(Number(port)).toBeGreaterThan(0);
    expect(await runner.get('/api/runner/health')).toMatchObject({
      status: 200,
      body: { ok: true, runningProcesses: 0 },
    });
    expect(JSON.parse(readFileSync(join(dataDir, 'runner.json'), 'utf8'))).toMatchObject({
      url: runner.url,
      pid: runner.pid,
    });
  });

  it.each(['SIGTERM', 'SIGINT'] as const)(
    '%s ends all processes first, grandchildren and daemons included, then the runner',
    async (signal) => {
      const runner = await testRunner(tempDir());
      const pids = [
        await launch(runner, 'plain', ['sleep', '1000']),
        await launch(runner, 'stack', ['/bin/sh', '-c', 'sleep 1000 & echo $!; wait']),
      ];
      pids.push(
        await waitUntil(
          'the grandchild',
          async () => Number((await linesOf(runner, 'stack'))[0] ?? 0) || null,
        ),
      );
      await launch(runner, 'daemon', [childProgram('double-forks.sh')]);
      pids.push(
        await waitUntil(
          'the daemon',
          async () =>
            Number(/daemon (\d+)/.exec((await linesOf(runner, 'daemon'))[0] ?? '')?.[1] ?? 0) || null,
        ),
      );
      expect(pids.every(isAlive)).toBe(true);
      const viewer = new SeenLog('plain');
      const viewing = viewer.readOn(`${runner.url}/api/runner/stream/plain`, { isEnough: () => false });
      expect(await runner.end(signal)).toBe(0);
      expect(pids.filter(isAlive)).toEqual([]);
      await viewing;
      expect(await portIsClosed(runner.url)).toBe(true);
    },
  );

  it('a second signal does not wait any longer', async () => {
    const runner = await testRunner(tempDir());
    const output = outputOf(runner);
    const pid = await launchDeaf(runner);
    runner.child.kill('SIGTERM');
    await waitUntil('the first signal', () => output.text.includes('Stopping 1 process'));
    await waitUntil('the stop', async () => (await snapshotOf(runner, 'deaf')).state === 'stopping');
    expect(isAlive(pid)).toBe(true);
    expect(await runner.post('/api/runner/launch', { id: 'late', cmd: 'sleep' })).toMatchObject({
      status: 503,
      error: { code: 'SHUTTING_DOWN' },
    });
    expect(await runner.end('SIGTERM')).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  it('SIGTERM ends all processes also where nobody reads what it says any more', async () => {
    const runner = await testRunner(tempDir());
    const pid = await launch(runner, 'plain', ['sleep', '1000']);
    runner.child.stdout?.destroy();
    runner.child.stderr?.destroy();
    expect(await runner.end('SIGTERM')).toBe(0);
    expect(isAlive(pid)).toBe(false);
  });

  it.each([
    ['SIGHUP', 'SIGHUP', []],
    ['SIGTERM with --keep', 'SIGTERM', ['--keep']],
  ] as const)(
    '%s leaves the processes for the next runner, which takes them up with pid and log',
    async (_name, signal, args) => {
      const dataDir = tempDir();
      const first = await testRunner(dataDir, { args: [...args] });
      const pid = await launch(first, 'lives', [
        process.execPath,
        childProgram('chatty.mjs'),
        '1000000',
        '100',
      ]);
      expect(await first.end(signal)).toBe(0);
      expect(isAlive(pid)).toBe(true);
      const second = await testRunner(dataDir);
      expect(await snapshotOf(second, 'lives')).toMatchObject({ pid, run: 1, state: 'ready' });
      const before = (await linesOf(second, 'lives')).length;
      await waitUntil('the log goes on', async () => (await linesOf(second, 'lives')).length > before);
      expect(await second.post('/api/runner/stop/lives')).toMatchObject({
        status: 200,
        body: { exit: { reason: 'stopped' } },
      });
      expect(isAlive(pid)).toBe(false);
    },
  );
});
