import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempDir } from '../../testing/temp-dir.ts';
import { childProgram, testSpec, testSupervisor } from '../../testing/test-supervisor.ts';
import { isAlive, waitUntil } from '../../testing/wait-until.ts';
import type { Supervisor } from './supervisor.ts';

const node = process.execPath;

function stateOf(supervisor: Supervisor, id: string) {
  return supervisor.get(id).snapshot.state;
}

function storedState(dataDir: string, id: string): { shimPid: number; pid: number } {
  return JSON.parse(readFileSync(join(dataDir, 'processes', id, 'state.json'), 'utf8')) as {
    shimPid: number;
    pid: number;
  };
}

describe('adoption', () => {
  it('takes up a running process with its pid, its log and its stop', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(
      testSpec('lives', node, [childProgram('chatty.mjs'), '1000000', '200']),
    );
    await first.supervisor.stop({ keepProcesses: true });
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(second.supervisor.get('lives').snapshot).toMatchObject({ pid, run: 1, state: 'ready' });
    const before = second.logs.feed('lives').end;
    await waitUntil('the log goes on', () => second.logs.feed('lives').end > before);
    expect(await second.supervisor.stopProcess('lives')).toMatchObject({
      signal: 'SIGTERM',
      reason: 'stopped',
    });
    const numbers = (await second.lines('lives')).map((line) => Number(line.split(' ')[1]));
    expect(numbers).toEqual(numbers.map((_, index) => index));
  });

  it('learns how a run ended while no runner was there', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(testSpec('ends', '/bin/sh', ['-c', 'sleep 0.3; exit 5']));
    await first.supervisor.stop({ keepProcesses: true });
    await waitUntil(
      'the end',
      () =>
        !isAlive(pid) &&
        readFileSync(join(first.dataDir, 'processes', 'ends', 'state.json'), 'utf8').includes('crashed'),
    );
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(second.supervisor.get('ends').snapshot).toMatchObject({
      state: 'failed',
      exit: { code: 5, reason: 'crashed' },
    });
  });

  it('applies the restart policy to a run that ended while no runner was there', async () => {
    const first = await testSupervisor({ random: () => 1 });
    const spec = testSpec('again', '/bin/sh', ['-c', 'sleep 0.3; exit 5']);
    const { pid } = await first.supervisor.launch({ ...spec, restart: { policy: 'on-failure' } });
    await first.supervisor.stop({ keepProcesses: true });
    await waitUntil('the end', () => !isAlive(pid));
    const second = await testSupervisor({ dataDir: first.dataDir, random: () => 1 });
    await waitUntil('another run', () => second.supervisor.get('again').snapshot.run === 2);
  });

  it('finishes a stop that began under an earlier runner', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(testSpec('slow', node, [childProgram('ignores-stop.mjs')]));
    await waitUntil('its handlers', async () => (await first.lines('slow')).includes('ready'));
    void first.supervisor.stopProcess('slow', 800);
    await first.supervisor.stop({ keepProcesses: true });
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(stateOf(second.supervisor, 'slow')).toMatch(/stopping|exited/);
    await waitUntil('the end', () => stateOf(second.supervisor, 'slow') === 'exited');
    expect(second.supervisor.get('slow').snapshot.exit?.reason).toBe('stopped');
    expect(isAlive(pid)).toBe(false);
  });
});

describe('adoption of half-done things', () => {
  it('passes on a stop that the runner before could only write down', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(testSpec('unwanted', 'sleep', ['1000']));
    await first.supervisor.stop({ keepProcesses: true });
    writeFileSync(join(first.dataDir, 'processes', 'unwanted', 'wanted.json'), '{"wanted":"stopped"}');
    const second = await testSupervisor({ dataDir: first.dataDir });
    await waitUntil('the end', () => stateOf(second.supervisor, 'unwanted') === 'exited');
    expect(second.supervisor.get('unwanted').snapshot.exit?.reason).toBe('stopped');
    expect(isAlive(pid)).toBe(false);
  });

  it('a diagnosis that fails leaves the failed process as it is', async () => {
    const { supervisor } = await testSupervisor({
      diagnose: () => Promise.reject(new Error('the disk failed')),
    });
    await supervisor.launch(testSpec('crashed', '/bin/sh', ['-c', 'exit 3']));
    await waitUntil('the end', () => stateOf(supervisor, 'crashed') === 'failed');
    expect(supervisor.get('crashed').snapshot).toMatchObject({ diagnosis: null, exit: { code: 3 } });
  });
});

describe('kill -9', () => {
  it('of a child is a crash with its signal', async () => {
    const { supervisor } = await testSupervisor();
    const { pid } = await supervisor.launch(testSpec('victim', 'sleep', ['1000']));
    process.kill(pid, 'SIGKILL');
    await waitUntil('the end', () => stateOf(supervisor, 'victim') === 'failed');
    expect(supervisor.get('victim').snapshot.exit).toMatchObject({
      code: null,
      signal: 'SIGKILL',
      reason: 'crashed',
    });
  });

  it('of a shim ends what is left of its child, says so in state and log, and applies the restart policy', async () => {
    const { supervisor, dataDir, entries } = await testSupervisor({ random: () => 1 });
    const { pid } = await supervisor.launch({
      ...testSpec('keeperless', 'sleep', ['1000']),
      restart: { policy: 'on-failure' },
    });
    process.kill(storedState(dataDir, 'keeperless').shimPid, 'SIGKILL');
    await waitUntil('the end of the child', () => !isAlive(pid));
    await waitUntil(
      'another run',
      () => supervisor.get('keeperless').snapshot.run === 2 && stateOf(supervisor, 'keeperless') === 'ready',
    );
    expect(await entries('keeperless')).toContainEqual(
      expect.objectContaining({ run: expect.objectContaining({ event: 'ended', reason: 'shim-lost' }) }),
    );
  });

  it('of a shim while no runner is there: the next runner ends the child', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(
      testSpec('orphan', node, [childProgram('ignores-stop.mjs')]),
    );
    await first.supervisor.stop({ keepProcesses: true });
    process.kill(storedState(first.dataDir, 'orphan').shimPid, 'SIGKILL');
    expect(isAlive(pid)).toBe(true);
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(second.supervisor.get('orphan').snapshot).toMatchObject({
      state: 'failed',
      exit: { reason: 'shim-lost' },
    });
    expect(isAlive(pid)).toBe(false);
  });
});

describe('restart policy', () => {
  it('starts a crashed process again after a back-off, and counts', async () => {
    const { supervisor } = await testSupervisor({ random: () => 1 });
    const marker = join(tempDir(), 'marker');
    const spec = testSpec('flaky', '/bin/sh', [
      '-c',
      `test -e ${marker} && exec sleep 1000; touch ${marker}; exit 1`,
    ]);
    await supervisor.launch({ ...spec, restart: { policy: 'on-failure' } });
    await waitUntil('back-off', () => stateOf(supervisor, 'flaky') === 'backoff');
    expect(Date.parse(supervisor.get('flaky').snapshot.nextRestartAt ?? '')).toBeGreaterThan(Date.now());
    await waitUntil('the second run', () => stateOf(supervisor, 'flaky') === 'ready');
    expect(supervisor.get('flaky').snapshot).toMatchObject({ run: 2, restarts: 1, nextRestartAt: null });
  });

  it('a stop during back-off ends it, and a launch during back-off starts at once', async () => {
    const { supervisor } = await testSupervisor({ random: () => 0 });
    const spec = {
      ...testSpec('crashes', '/bin/sh', ['-c', 'exit 1']),
      restart: { policy: 'always' as const },
    };
    await supervisor.launch(spec);
    await waitUntil('back-off', () => stateOf(supervisor, 'crashes') === 'backoff');
    expect(await supervisor.stopProcess('crashes')).toMatchObject({ code: 1, reason: 'crashed' });
    expect(stateOf(supervisor, 'crashes')).toBe('exited');
    await supervisor.launch(spec);
    await waitUntil('back-off', () => stateOf(supervisor, 'crashes') === 'backoff');
    expect(await supervisor.launch({ ...spec, cmd: 'sleep', args: ['1000'] })).toMatchObject({ run: 3 });
  });

  it('never restarts what was stopped on purpose', async () => {
    const { supervisor } = await testSupervisor();
    await supervisor.launch({ ...testSpec('wanted', 'sleep', ['1000']), restart: { policy: 'always' } });
    await supervisor.stopProcess('wanted');
    expect(stateOf(supervisor, 'wanted')).toBe('exited');
  });
});

describe('damaged files', () => {
  it('are skipped and reported: the runner starts, healthy processes are taken up', async () => {
    const first = await testSupervisor();
    await first.supervisor.launch(testSpec('healthy', 'sleep', ['1000']));
    for (const id of ['badspec', 'ended']) {
      await first.supervisor.launch(testSpec(id, '/bin/sh', ['-c', 'echo hi']));
      await waitUntil('the end', () => stateOf(first.supervisor, id) === 'exited');
    }
    await first.supervisor.stop({ keepProcesses: true });
    const processes = join(first.dataDir, 'processes');
    writeFileSync(join(processes, 'badspec', 'spec.json'), '{"id": "badspec", "cmd"');
    writeFileSync(join(processes, 'ended', 'wanted.json'), 'garbage');
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(second.supervisor.list().map(({ id, state }) => `${id} ${state}`)).toEqual([
      'ended exited',
      'healthy ready',
    ]);
    expect(second.supervisor.faults.map(({ file }) => file)).toEqual(
      expect.arrayContaining([
        join(processes, 'badspec', 'spec.json'),
        join(processes, 'ended', 'wanted.json'),
      ]),
    );
  });

  it('a damaged state.json of a running process is mended by its shim', async () => {
    const first = await testSupervisor();
    const { pid } = await first.supervisor.launch(testSpec('lives', 'sleep', ['1000']));
    await first.supervisor.stop({ keepProcesses: true });
    writeFileSync(join(first.dataDir, 'processes', 'lives', 'state.json'), '\0\0\0');
    const second = await testSupervisor({ dataDir: first.dataDir });
    expect(second.supervisor.get('lives').snapshot).toMatchObject({ state: 'ready', pid });
    expect(await second.supervisor.stopProcess('lives')).toMatchObject({ reason: 'stopped' });
    expect(isAlive(pid)).toBe(false);
  });

  it('damaged bytes in a segment are told as a gap, and the lines around them are there', async () => {
    const { supervisor, lines, entries, logs } = await testSupervisor();
    await supervisor.launch(
      testSpec('torn', '/bin/sh', ['-c', 'echo one; sleep 0.05; echo two; sleep 0.05; echo three']),
    );
    await waitUntil('the end', () => stateOf(supervisor, 'torn') === 'exited');
    const file = join(logs.logDir('torn'), '0000000000000000.log');
    const bytes = readFileSync(file);
    bytes.fill(0xfe, bytes.indexOf('stdout F two') - 20, bytes.indexOf('stdout F two') + 3);
    writeFileSync(file, bytes);
    expect(await lines('torn')).toEqual(['one', 'three']);
    expect((await entries('torn')).filter((entry) => 'gap' in entry)).toMatchObject([
      { gap: { reason: 'corrupt' } },
    ]);
  });

  it('a missing segment in the middle is told as a gap', async () => {
    const { supervisor, entries, logs } = await testSupervisor({
      limits: { segmentBytes: 4_096, retentionBytes: 1_000_000 },
    });
    await supervisor.launch(testSpec('holes', node, [childProgram('chatty.mjs'), '2000', '20000']));
    await waitUntil('all lines', async () => (await entries('holes')).length >= 2_001);
    await supervisor.stopProcess('holes');
    const names = readdirSync(logs.logDir('holes')).toSorted();
    expect(names.length).toBeGreaterThan(4);
    rmSync(join(logs.logDir('holes'), names[2] ?? ''));
    logs.forget('holes');
    const gaps = (await entries('holes')).filter((entry) => 'gap' in entry);
    expect(gaps).toMatchObject([
      {
        gap: { reason: 'corrupt', from: Number(names[2]?.slice(0, 16)), to: Number(names[3]?.slice(0, 16)) },
      },
    ]);
  });
});
