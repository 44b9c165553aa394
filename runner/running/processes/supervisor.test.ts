import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { AppError } from '../../base/errors.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { childProgram, testSpec, testSupervisor } from '../../testing/test-supervisor.ts';
import { unusedPort } from '../../testing/unused-port.ts';
import { isAlive, waitUntil } from '../../testing/wait-until.ts';
import { isPortFree } from './free-port.ts';

async function codeOf(doing: Promise<unknown>): Promise<string> {
  return doing.then(
    () => 'no error',
    (error: AppError) => error.code,
  );
}

const node = process.execPath;

describe('launch', () => {
  it('runs a command and tells how it ended, with its output in the log between two run records', async () => {
    const { supervisor, entries } = await testSupervisor();
    const { pid, run } = await supervisor.launch(
      testSpec('hello', '/bin/sh', ['-c', 'echo out; echo err >&2; exit 3']),
    );
    expect(run).toBe(1);
    expect(pid).toBeGreaterThan(1);
    const { snapshot } = await waitUntil(
      'the end',
      () => supervisor.get('hello').snapshot.state === 'failed' && supervisor.get('hello'),
    );
    expect(snapshot.exit).toMatchObject({ code: 3, signal: null, reason: 'crashed' });
    const found = await entries('hello');
    expect(found.at(0)).toMatchObject({ run: { event: 'started', run: 1, pid } });
    expect(found.at(-1)).toMatchObject({ run: { event: 'ended', run: 1, code: 3, reason: 'crashed' } });
    expect(
      found
        .filter((entry) => 'line' in entry)
        .map(({ line, stream }) => `${stream} ${line}`)
        .toSorted(),
    ).toEqual(['stderr err', 'stdout out']);
  });

  it('numbers runs on and keeps one log over them', async () => {
    const { supervisor, entries } = await testSupervisor();
    for (let run = 1; run <= 2; run += 1) {
      expect(await supervisor.launch(testSpec('again', '/bin/sh', ['-c', 'echo hi']))).toMatchObject({ run });
      await waitUntil('the end', () => supervisor.get('again').snapshot.state === 'exited');
    }
    const found = await entries('again');
    expect(found.flatMap((entry) => ('run' in entry ? [`${entry.run.event} ${entry.run.run}`] : []))).toEqual(
      ['started 1', 'ended 1', 'started 2', 'ended 2'],
    );
  });

  it('refuses an id that is running, also when two launches come at once', async () => {
    const { supervisor } = await testSupervisor();
    const spec = testSpec('twice', 'sleep', ['1000']);
    const codes = await Promise.all([codeOf(supervisor.launch(spec)), codeOf(supervisor.launch(spec))]);
    expect(codes.toSorted()).toEqual(['ALREADY_RUNNING', 'no error']);
    expect(await codeOf(supervisor.launch(spec))).toBe('ALREADY_RUNNING');
  });

  it('says what is wrong with a command, and leaves no process behind that never was', async () => {
    const { supervisor } = await testSupervisor();
    const dir = tempDir();
    writeFileSync(join(dir, 'plain.txt'), 'not a program');
    expect(await codeOf(supervisor.launch(testSpec('a', 'no-such-command-anywhere')))).toBe(
      'COMMAND_NOT_FOUND',
    );
    expect(await codeOf(supervisor.launch(testSpec('b', join(dir, 'missing'))))).toBe('COMMAND_NOT_FOUND');
    expect(await codeOf(supervisor.launch(testSpec('c', join(dir, 'plain.txt'))))).toBe(
      'COMMAND_NOT_EXECUTABLE',
    );
    expect(
      await codeOf(supervisor.launch({ ...testSpec('d', 'sleep', ['1']), cwd: join(dir, 'nowhere') })),
    ).toBe('CWD_NOT_FOUND');
    expect(supervisor.list()).toEqual([]);
  });

  it('answers a spawn that fails in the keeper with an error, and shows the run as failed', async () => {
    const { supervisor, entries } = await testSupervisor();
    const dir = tempDir();
    writeFileSync(join(dir, 'broken'), '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await codeOf(supervisor.launch(testSpec('broken', join(dir, 'broken'))))).toBe(
      'COMMAND_NOT_FOUND',
    );
    expect(supervisor.get('broken').snapshot).toMatchObject({
      state: 'failed',
      exit: { reason: 'spawn-failed' },
      pid: null,
    });
    expect(await entries('broken')).toMatchObject([{ run: { event: 'ended', reason: 'spawn-failed' } }]);
  });

  it('refuses a taken port and names who holds it', async () => {
    const { supervisor } = await testSupervisor();
    const port = await unusedPort();
    await supervisor.launch({
      ...testSpec('holder', node, [childProgram('http-server.mjs'), String(port)]),
      port,
      ready: { port },
    });
    await waitUntil('ready', () => supervisor.get('holder').snapshot.state === 'ready');
    const refused = supervisor.launch({ ...testSpec('late', 'sleep', ['1']), port });
    await expect(refused).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      details: { port, processId: 'holder', pid: supervisor.get('holder').snapshot.pid },
    });
    const foreign = createServer().listen(0, '127.0.0.1');
    onTestFinished(() => void foreign.close());
    await new Promise((resolve) => foreign.once('listening', resolve));
    const taken = (foreign.address() as AddressInfo).port;
    await expect(
      supervisor.launch({ ...testSpec('later', 'sleep', ['1']), port: taken }),
    ).rejects.toMatchObject({
      code: 'PORT_TAKEN',
      details: { pid: process.pid, processId: null },
    });
  });

  it('gives a free port that no other process has claimed', async () => {
    const { supervisor } = await testSupervisor();
    const port = await supervisor.freePort('127.0.0.1');
    expect(await isPortFree(port, '127.0.0.1')).toBe(true);
    await supervisor.launch({ ...testSpec('claims', 'sleep', ['1000']), port });
    expect(await supervisor.freePort('127.0.0.1')).not.toBe(port);
  });
});

describe('readiness', () => {
  it('is loading until the health URL answers, then ready', async () => {
    const { supervisor } = await testSupervisor();
    const port = await unusedPort();
    const states: string[] = [];
    supervisor.changed.subscribe(({ state }) => {
      if (states.at(-1) !== state) states.push(state);
    });
    const url = `http://127.0.0.1:${port}/health`;
    await supervisor.launch({
      ...testSpec('web', node, [childProgram('http-server.mjs'), String(port), '300']),
      port,
      ready: { url },
    });
    await waitUntil('503', () => supervisor.get('web').snapshot.note?.includes('503'));
    await waitUntil('ready', () => supervisor.get('web').snapshot.state === 'ready');
    expect(states).toEqual(['starting', 'loading', 'ready']);
    expect(supervisor.get('web').snapshot).toMatchObject({ url: `http://127.0.0.1:${port}`, note: null });
  });

  it.runIf(process.platform === 'linux')(
    'is not ready while another program answers on its port',
    async () => {
      const { supervisor } = await testSupervisor();
      const foreign = createServer((socket) =>
        socket.end('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'),
      ).listen(0, '127.0.0.1');
      onTestFinished(() => void foreign.close());
      await new Promise((resolve) => foreign.once('listening', resolve));
      const { port } = foreign.address() as AddressInfo;
      await supervisor.launch({
        ...testSpec('impostor', 'sleep', ['1000']),
        ready: { url: `http://127.0.0.1:${port}/health` },
      });
      const note = await waitUntil('the note', () =>
        supervisor.get('impostor').snapshot.note?.match(/answered by .*pid (\d+)/),
      );
      expect(Number(note[1])).toBe(process.pid);
      expect(supervisor.get('impostor').snapshot.state).toBe('loading');
    },
  );

  it('finds a pattern in the log of this run, not of an earlier one', async () => {
    const { supervisor, lines } = await testSupervisor();
    const spec = {
      ...testSpec('pattern', '/bin/sh', ['-c', 'echo model loaded; sleep 1000']),
      ready: { pattern: 'model .*ed' },
    };
    await supervisor.launch(spec);
    await waitUntil('ready', () => supervisor.get('pattern').snapshot.state === 'ready');
    await supervisor.stopProcess('pattern');
    await supervisor.launch({ ...spec, args: ['-c', 'sleep 0.3; echo other; sleep 1000'] });
    await waitUntil('loading', () => supervisor.get('pattern').snapshot.state === 'loading');
    // Printed well after the watch began with what the log already held.
    await waitUntil('a line of this run', async () => (await lines('pattern')).includes('other'));
    expect(supervisor.get('pattern').snapshot.state).toBe('loading');
  });
});

describe('stop', () => {
  it('kills a child that ignores TERM after the grace time', async () => {
    const { supervisor, lines } = await testSupervisor();
    const { pid } = await supervisor.launch(testSpec('deaf', node, [childProgram('ignores-stop.mjs')]));
    await waitUntil('its handlers', async () => (await lines('deaf')).includes('ready'));
    const exit = await supervisor.stopProcess('deaf', 300);
    expect(exit).toMatchObject({ signal: 'SIGKILL', reason: 'stopped' });
    expect(isAlive(pid)).toBe(false);
    expect(await lines('deaf')).toContain('ignored SIGTERM');
  });

  it('ends wrappers with all their grandchildren, also those that ignore TERM', async () => {
    const { supervisor, lines } = await testSupervisor();
    await supervisor.launch(testSpec('stack', childProgram('has-grandchildren.sh')));
    const pids = await waitUntil('two grandchildren', async () => {
      const found = (await lines('stack')).flatMap((line) => /grandchild (\d+)/.exec(line)?.[1] ?? []);
      return found.length === 2 && found.map(Number);
    });
    expect(pids.every(isAlive)).toBe(true);
    expect(await supervisor.stopProcess('stack', 400)).toMatchObject({ reason: 'stopped' });
    expect(pids.some(isAlive)).toBe(false);
  });

  it.runIf(process.platform === 'linux')(
    'keeps a run alive while its daemon lives, and ends the daemon on stop',
    async () => {
      const { supervisor, lines } = await testSupervisor();
      const { pid } = await supervisor.launch(testSpec('daemon', childProgram('double-forks.sh')));
      const daemon = await waitUntil(
        'the daemon',
        async () => Number((await lines('daemon'))[0]?.match(/daemon (\d+)/)?.[1] ?? 0) || null,
      );
      await waitUntil('the end of the leader', () => !isAlive(pid));
      expect(supervisor.get('daemon').snapshot.state).toBe('ready');
      expect(await supervisor.stopProcess('daemon')).toMatchObject({ code: 0, reason: 'stopped' });
      expect(isAlive(daemon)).toBe(false);
    },
  );

  it.runIf(process.platform === 'linux')('takes the rest along when the leader fails', async () => {
    const { supervisor, lines } = await testSupervisor();
    await supervisor.launch(testSpec('fails', childProgram('double-forks.sh'), ['7']));
    const daemon = await waitUntil(
      'the daemon',
      async () => Number((await lines('fails'))[0]?.match(/daemon (\d+)/)?.[1] ?? 0) || null,
    );
    await waitUntil('the end', () => supervisor.get('fails').snapshot.state === 'failed');
    expect(supervisor.get('fails').snapshot.exit).toMatchObject({ code: 7, reason: 'crashed' });
    expect(isAlive(daemon)).toBe(false);
  });

  it('is idempotent, answers an ended process with how it ended, and an unknown one with PROCESS_NOT_FOUND', async () => {
    const { supervisor } = await testSupervisor();
    await supervisor.launch(testSpec('sleeper', 'sleep', ['1000']));
    const exits = await Promise.all([supervisor.stopProcess('sleeper'), supervisor.stopProcess('sleeper')]);
    expect(exits[0]).toMatchObject({ signal: 'SIGTERM', reason: 'stopped' });
    expect(exits[1]).toEqual(exits[0]);
    expect(await supervisor.stopProcess('sleeper')).toEqual(exits[0]);
    expect(supervisor.get('sleeper').snapshot.state).toBe('exited');
    expect(await codeOf(supervisor.stopProcess('nobody'))).toBe('PROCESS_NOT_FOUND');
  });

  it('during start cancels the start', async () => {
    const { supervisor } = await testSupervisor();
    const launching = codeOf(supervisor.launch(testSpec('hasty', 'sleep', ['1000'])));
    const exit = await supervisor.stopProcess('hasty');
    expect(await launching).toBe('LAUNCH_CANCELLED');
    expect(exit?.reason ?? 'never ran').toMatch(/stopped|never ran/);
  });

  it('sends TERM twice to a server that needs it, before it kills', async () => {
    const { supervisor, lines } = await testSupervisor();
    await supervisor.launch({
      ...testSpec('stubborn', node, [childProgram('ignores-stop.mjs')]),
      termAgainAfterMs: 100,
    });
    await waitUntil('its handlers', async () => (await lines('stubborn')).includes('ready'));
    await supervisor.stopProcess('stubborn', 600);
    expect((await lines('stubborn')).filter((line) => line === 'ignored SIGTERM')).toHaveLength(2);
  });
});

describe('remove', () => {
  it('forgets an ended process with its log, and refuses a running one', async () => {
    const { supervisor, dataDir, lines } = await testSupervisor();
    await supervisor.launch(testSpec('gone', '/bin/sh', ['-c', 'echo secret; sleep 1000']));
    await waitUntil('its line', async () => (await lines('gone')).length === 1);
    expect(() => supervisor.remove('gone')).toThrow(/Stop it first/);
    await supervisor.stopProcess('gone');
    supervisor.remove('gone');
    expect(supervisor.list()).toEqual([]);
    expect(readdirSync(join(dataDir, 'processes', 'gone'))).toEqual(['log']);
    const left = readdirSync(join(dataDir, 'processes', 'gone', 'log'));
    expect(left.map((name) => readFileSync(join(dataDir, 'processes', 'gone', 'log', name), 'utf8'))).toEqual(
      [''],
    );
  });

  it('never uses an offset again for the same id', async () => {
    const { supervisor, logs, entries } = await testSupervisor();
    await supervisor.launch(testSpec('again', '/bin/sh', ['-c', 'echo first']));
    await waitUntil('the end', () => supervisor.get('again').snapshot.state === 'exited');
    const { end } = logs.feed('again').reader.bounds();
    supervisor.remove('again');
    logs.forget('again');
    await supervisor.launch(testSpec('again', '/bin/sh', ['-c', 'echo second']));
    await waitUntil('the end', () => supervisor.get('again').snapshot.state === 'exited');
    const found = await entries('again');
    expect(Math.min(...found.map(({ offset }) => offset))).toBeGreaterThan(end);
    expect(found.flatMap((entry) => ('line' in entry ? [entry.line] : []))).toEqual(['second']);
  });
});
