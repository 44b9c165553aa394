import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { InstanceLock } from './instance-lock.ts';
import { createTestApp } from '../testing/create-test-app.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { testRunner } from '../testing/test-runner.ts';
import { isAlive } from '../testing/wait-until.ts';

/** What a runner says that cannot start; it must end with code 1. */
async function refusal(starting: Promise<unknown>): Promise<string> {
  const error = await starting.then(
    () => new Error('it started'),
    (reason: Error) => reason,
  );
  expect(error.message).toMatch(/^the runner ended with 1: /);
  return error.message;
}

describe('a second runner', () => {
  it('on the same data folder ends with a message that names the first one, which goes on undisturbed', async () => {
    const dataDir = tempDir();
    const first = await testRunner(dataDir);
    const { body } = await first.post('/api/runner/launch', { id: 'lives', cmd: 'sleep', args: ['1000'] });
    const said = await refusal(testRunner(dataDir));
    expect(said).toContain(first.url);
    expect(said).toContain(dataDir);
    expect(said).toMatch(/RUNNER_DATA_DIR/);
    expect(said).not.toMatch(/\n\s+at |\.ts:\d/);
    expect(isAlive(Number(body['pid']))).toBe(true);
    expect(await first.get('/api/runner/health')).toMatchObject({ body: { ok: true, runningProcesses: 1 } });
  });

  it('may follow at once when the first was killed with -9', async () => {
    const dataDir = tempDir();
    const first = await testRunner(dataDir);
    await first.end('SIGKILL');
    const second = await testRunner(dataDir);
    expect(await second.get('/api/runner/health')).toMatchObject({ body: { ok: true } });
    expect(await refusal(testRunner(dataDir))).toContain(second.url);
  });

  it('on the same port ends with a message that says what to do', async () => {
    const holder = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void holder.close());
    await new Promise((resolve) => holder.once('listening', resolve));
    const { port } = holder.address() as AddressInfo;
    const said = await refusal(testRunner(tempDir(), { env: { RUNNER_PORT: String(port) } }));
    expect(said).toContain(`port ${port} is taken`);
    expect(said).toContain('RUNNER_PORT');
    expect(said).not.toMatch(/\n\s+at |EADDRINUSE/);
  });

  it('with faults in its configuration names all of them and ends', async () => {
    const said = await refusal(testRunner(tempDir(), { env: { RUNNER_PORT: 'x', RUNNER_HOST: '0.0.0.0' } }));
    expect(said).toMatch(/RUNNER_PORT: [\s\S]*RUNNER_HOST: .*RUNNER_TOKEN/);
  });

  it('on a data folder that cannot be one says so', async () => {
    const file = join(tempDir(), 'file');
    writeFileSync(file, '');
    expect(await refusal(testRunner(join(file, 'data')))).toContain(file);
  });
});

describe('the lock', () => {
  it('is held by one at a time, and a damaged note of the holder does not matter', () => {
    const dir = join(tempDir(), 'new');
    const first = new InstanceLock(dir);
    first.take();
    onTestFinished(() => first.release());
    first.describe('http://127.0.0.1:1');
    expect(() => new InstanceLock(dir).take()).toThrow(/http:\/\/127\.0\.0\.1:1/);
    for (const note of ['garbage', '[]', '{}', 'null']) {
      writeFileSync(join(dir, 'runner.json'), note);
      expect(() => new InstanceLock(dir).take()).toThrow('Another runner');
    }
    first.release();
    const second = new InstanceLock(dir);
    second.take();
    second.release();
  });
});

describe('damaged files in the data folder', () => {
  it('are skipped and reported: the runner starts, serves the rest and says which', async () => {
    const dataDir = tempDir();
    const first = await createTestApp({ dataDir });
    const { body } = await first.post('/api/runner/launch', {
      id: 'healthy',
      cmd: '/bin/sh',
      args: ['-c', 'echo hi; sleep 1000'],
    });
    await first.runner.stop({ keepProcesses: true });
    const processes = join(dataDir, 'processes');
    for (const id of ['torn', 'binary', 'wrong', 'alien'])
      mkdirSync(join(processes, id, 'log'), { recursive: true });
    writeFileSync(join(processes, 'torn', 'spec.json'), '{"id": "torn", "cmd"');
    writeFileSync(join(processes, 'binary', 'spec.json'), Buffer.from([0, 255, 254, 0]));
    writeFileSync(join(processes, 'wrong', 'spec.json'), '{"id": "wrong", "cmd": 5}');
    writeFileSync(join(processes, 'alien', 'log', '0000000000000000.log'), Buffer.alloc(100_000, 7));
    writeFileSync(join(processes, 'a file'), '');
    writeFileSync(join(processes, 'healthy', 'log', '9999999999999999.log.bak'), 'not a segment');
    writeFileSync(join(dataDir, 'runner.json'), '\0');
    const second = await createTestApp({ dataDir });
    expect(await second.get('/api/runner/processes')).toMatchObject({
      body: { processes: [{ id: 'healthy', state: 'ready', pid: body['pid'] }] },
    });
    expect(await second.get('/api/runner/logs/healthy')).toMatchObject({
      status: 200,
      body: { entries: [{}, { line: 'hi' }] },
    });
    const { faults } = (await second.get('/api/system')).body as {
      faults: { file: string; message: string }[];
    };
    expect(faults.map(({ file }) => file).toSorted()).toEqual(
      ['binary', 'torn', 'wrong'].map((id) => join(processes, id, 'spec.json')),
    );
    expect(faults.every(({ message }) => message.length > 0)).toBe(true);
  });
});
