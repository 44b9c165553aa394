import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '#contract/log';
import { createTestApp, entriesOf, snapshotOf, untilState } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { numberOf } from '../testing/seen-log.ts';
import { fillDisk, mountSmallDisk } from '../testing/small-disk.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { testRunner } from '../testing/test-runner.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';

const FLOOD = 40_000;
const AFTER = 100;
const sleeper = { cmd: 'sleep', args: ['1000'] };

/** Prints 4 MB of numbered lines, makes the file `flooded`, waits for the file `go`, prints some more and ends with `code`. */
async function launchFlood(app: HttpClient, dir: string, code: number) {
  const program = `
    const { existsSync, writeFileSync } = require('node:fs');
    const print = (from, to) => { for (let n = from; n < to; n += 1) process.stdout.write('line ' + n + ' ' + 'x'.repeat(50) + '\\n'); };
    print(0, ${FLOOD});
    process.stdout.write('', () => {
      writeFileSync('flooded', '');
      const wait = setInterval(() => {
        if (!existsSync('go')) return;
        clearInterval(wait);
        print(${FLOOD}, ${FLOOD + AFTER});
        process.exitCode = ${code};
      }, 20);
    });`;
  const { status, body } = await app.post('/api/runner/launch', {
    id: 'flood',
    cmd: process.execPath,
    args: ['-e', program],
    cwd: dir,
  });
  expect({ status, body }).toMatchObject({ status: 200 });
  return {
    pid: Number(body['pid']),
    flooded: async () => waitUntil('the end of the flood', () => existsSync(join(dir, 'flooded'))),
    go: () => writeFileSync(join(dir, 'go'), ''),
  };
}

/** Walks the lines by number; a disk-full gap must stand for exactly the lines that are missing there. */
function missingLines(entries: readonly LogEntry[]): { next: number; told: number } {
  let next = 0;
  let told = 0;
  for (const entry of entries) {
    if ('gap' in entry) {
      expect(entry.gap.reason).toBe('disk-full');
      told += entry.gap.lines ?? 0;
      next += entry.gap.lines ?? 0;
    }
    if (!('line' in entry)) continue;
    expect(numberOf(entry.line)).toBe(next);
    next += 1;
  }
  return { next, told };
}

describe.runIf(process.platform === 'linux')('on a full disk', () => {
  it('the child never notices, and a gap tells exactly how many lines are missing as soon as there is room', async (context) => {
    const dataDir = tempDir();
    const disk = join(dataDir, 'processes');
    mountSmallDisk(context, disk, 2);
    const app = await createTestApp({ dataDir });
    const child = await launchFlood(app, tempDir(), 0);
    const makeRoom = fillDisk(disk);
    await child.flooded();
    expect(isAlive(child.pid)).toBe(true);
    expect(await snapshotOf(app, 'flood')).toMatchObject({ state: 'ready', pid: child.pid });
    makeRoom();
    // The child is silent now: the gap is told all the same.
    await waitUntil('the gap', async () => missingLines(await entriesOf(app, 'flood')).next === FLOOD);
    child.go();
    expect(await untilState(app, 'flood', ['exited'])).toMatchObject({ exit: { code: 0, reason: 'exited' } });
    const entries = await entriesOf(app, 'flood');
    const { next, told } = missingLines(entries);
    expect(next).toBe(FLOOD + AFTER);
    expect(told).toBeGreaterThan(1_000);
    expect(entries.at(-1)).toMatchObject({ run: { event: 'ended', code: 0 } });
  });

  it('the end of a run is learnt, also by the next runner, and the next run tells what the last one could not', async (context) => {
    const dataDir = tempDir();
    const disk = join(dataDir, 'processes');
    mountSmallDisk(context, disk, 2);
    const first = await createTestApp({ dataDir });
    const dir = tempDir();
    const child = await launchFlood(first, dir, 3);
    const makeRoom = fillDisk(disk);
    await child.flooded();
    child.go();
    const ended = { code: 3, reason: 'crashed' };
    expect(await untilState(first, 'flood', ['failed'])).toMatchObject({ exit: ended });
    await first.runner.stop({ keepProcesses: true });
    const second = await createTestApp({ dataDir });
    expect(await snapshotOf(second, 'flood')).toMatchObject({ state: 'failed', exit: ended });
    makeRoom();
    await second.post('/api/runner/launch', { id: 'flood', cmd: 'true' });
    await untilState(second, 'flood', ['exited']);
    const { next, told } = missingLines(await entriesOf(second, 'flood'));
    expect(next).toBe(FLOOD + AFTER);
    expect(told).toBeGreaterThan(1_000);
  });

  it('a launch answers 507 with the cure, never ok, and works when there is room', async (context) => {
    const dataDir = tempDir();
    const disk = join(dataDir, 'processes');
    mountSmallDisk(context, disk, 2);
    const app = await createTestApp({ dataDir });
    await app.post('/api/runner/launch', { id: 'known', ...sleeper });
    const makeRoom = fillDisk(disk);
    const failed = {
      status: 507,
      body: { ok: false },
      error: { code: 'STORAGE_FAILED', message: expect.stringContaining('Free some space') },
    };
    expect(await app.post('/api/runner/launch', { id: 'new', ...sleeper })).toMatchObject(failed);
    expect(await app.get('/api/runner/processes/new')).toMatchObject({ status: 404 });
    expect(await app.post('/api/runner/stop/known')).toMatchObject({
      status: 200,
      body: { exit: { reason: 'stopped' } },
    });
    expect(await app.post('/api/runner/launch', { id: 'known', ...sleeper })).toMatchObject(failed);
    expect(await app.post('/api/runner/restart/known')).toMatchObject(failed);
    expect(await snapshotOf(app, 'known')).toMatchObject({ state: 'exited', exit: { reason: 'stopped' } });
    makeRoom();
    for (const id of ['new', 'known'])
      expect(await app.post('/api/runner/launch', { id, ...sleeper })).toMatchObject({
        status: 200,
        body: { ok: true },
      });
  });

  it('a runner starts, takes up what lives and stops it', async (context) => {
    const dataDir = tempDir();
    mountSmallDisk(context, dataDir, 32);
    const first = await testRunner(dataDir);
    const { body } = await first.post('/api/runner/launch', { id: 'lives', ...sleeper });
    await first.end('SIGKILL');
    fillDisk(dataDir);
    const second = await testRunner(dataDir);
    expect(await snapshotOf(second, 'lives')).toMatchObject({ state: 'ready', pid: body['pid'] });
    expect(await second.post('/api/runner/launch', { id: 'new', ...sleeper })).toMatchObject({ status: 507 });
    expect(await second.post('/api/runner/stop/lives')).toMatchObject({
      status: 200,
      body: { exit: { reason: 'stopped' } },
    });
    expect(isAlive(Number(body['pid']))).toBe(false);
  });
});
