import { get } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createTestApp, openStream, untilState } from '../testing/create-test-app.ts';
import type { HttpClient } from '../testing/http-client.ts';
import { differenceFromChatty, numberOf, SeenLog } from '../testing/seen-log.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { testRunner } from '../testing/test-runner.ts';
import type { RunnerChild } from '../testing/start-runner.ts';
import { childProgram } from '../testing/test-supervisor.ts';
import { waitUntil } from '../testing/wait-until.ts';

/** `rate` in lines per second, 0 = as fast as it goes. */
async function launchChatty(
  app: HttpClient,
  id: string,
  how: { lines: number; rate: number; bytes?: number },
): Promise<void> {
  const args = [childProgram('chatty.mjs'), String(how.lines), String(how.rate), String(how.bytes ?? 0)];
  const { status, body } = await app.post('/api/runner/launch', { id, cmd: process.execPath, args });
  expect({ status, body }).toMatchObject({ status: 200 });
}

async function launchEcho(app: HttpClient, id: string, lines: number): Promise<void> {
  await app.post('/api/runner/launch', {
    id,
    cmd: '/bin/sh',
    args: ['-c', `seq -f 'line %g' 0 ${lines - 1}`],
  });
  await untilState(app, id, ['exited']);
}

function one(app: HttpClient, id: string, query = ''): string {
  return `${app.url}/api/runner/stream/${id}${query}`;
}

async function viewersOf(app: HttpClient): Promise<number> {
  const { body } = await app.get('/metrics');
  return Number(/^llm_log_viewers (\d+)/m.exec(String(body['text']))?.[1]);
}

/** Opens a stream and reads nothing of it. */
async function stalledViewer(url: string): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request = get(url, { agent: false }, resolve);
    request.on('error', reject);
    onTestFinished(() => void request.destroy());
  });
}

describe('the stream of one process', () => {
  it('is for no buffer on the way, says the state first, then the last 200 lines, then what comes', async () => {
    const app = await createTestApp();
    await launchEcho(app, 'echo', 300);
    const reader = await openStream(one(app, 'echo'));
    expect(reader.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(reader.headers.get('cache-control')).toBe('no-cache, no-transform');
    expect(reader.headers.get('x-accel-buffering')).toBe('no');
    const events = await reader.until(
      ({ event, data }) => event === 'run' && (data['run'] as { event: string }).event === 'ended',
    );
    expect(events[0]).toMatchObject({ event: 'state', data: { id: 'echo', state: 'exited' } });
    // The end of the run is the 200th record.
    expect(
      events
        .slice(1)
        .map(({ event, data }) => (event === 'message' ? numberOf(String(data['line'])) : event)),
    ).toEqual([...Array.from({ length: 199 }, (_, index) => 101 + index), 'run']);
    expect(events[1]).toMatchObject({
      data: { line: 'line 101', stream: 'stdout', at: expect.stringMatching(/^\d{4}-.*Z$/) },
      id: expect.stringMatching(/^\d+$/),
    });
    await app.post('/api/runner/restart/echo');
    const later = await reader.until(({ data }) => data['line'] === 'line 299');
    expect(later.filter(({ event }) => event === 'state').map(({ data }) => data['state'])).toContain(
      'starting',
    );
    expect(later.filter(({ event }) => event === 'message')).toHaveLength(300);
  });

  it('begins where ?tail= or ?from= says, and after Last-Event-ID whatever they say', async () => {
    const app = await createTestApp();
    await launchEcho(app, 'echo', 50);
    const whole = await (
      await openStream(one(app, 'echo', '?from=0'))
    ).until(({ data }) => data['line'] === 'line 49');
    expect(whole.filter(({ event }) => event === 'message')).toHaveLength(50);
    const tenth = whole.find(({ data }) => data['line'] === 'line 10');
    const next = async (query: string, headers = {}) => {
      const events = await (
        await openStream(one(app, 'echo', query), { headers })
      ).until(({ event }) => event !== 'state');
      return events.at(-1)?.data['line'];
    };
    expect(await next('?tail=4')).toBe('line 47');
    expect(await next(`?from=${tenth?.id}`)).toBe('line 11');
    // In the middle of a line: the next whole one.
    expect(await next(`?from=${Number(tenth?.id) + 5}`)).toBe('line 12');
    expect(await next('?from=0&tail=3', { 'last-event-id': tenth?.id })).toBe('line 11');
    expect((await app.get('/api/runner/stream/echo?tail=-1')).status).toBe(400);
    expect((await app.get('/api/runner/stream/echo?from=x')).status).toBe(400);
  });

  it('resumes exactly, wherever in a flood the connection is cut', async () => {
    const app = await createTestApp();
    const lines = 20_000;
    await launchChatty(app, 'flood', { lines, rate: 20_000, bytes: 60 });
    const seen = new SeenLog('flood');
    const isAll = (): boolean => seen.linesOf('flood').length >= lines;
    let connections = 0;
    for (; !isAll(); connections += 1) {
      await seen.readOn(one(app, 'flood', '?from=0'), {
        isEnough: isAll,
        cutAfterBytes: 500 + Math.ceil(Math.random() * 60_000),
      });
    }
    expect(differenceFromChatty(seen.linesOf('flood'), lines)).toBe('');
    expect(connections).toBeGreaterThan(20);
  });

  it('tells of runs that are over at once, and of one that could not even begin', async () => {
    const app = await createTestApp();
    const program = join(tempDir(), 'program');
    writeFileSync(program, '#!/bin/sh\necho quick\n', { mode: 0o755 });
    const launch = async () => app.post('/api/runner/launch', { id: 'quick', cmd: program });
    await launch();
    const reader = await openStream(one(app, 'quick', '?from=0'));
    const ended = async () =>
      reader.until(
        ({ event, data }) => event === 'run' && (data['run'] as { event: string }).event === 'ended',
      );
    for (let times = 0; times < 8; times += 1) {
      expect((await ended()).filter(({ event }) => event === 'message')).toHaveLength(1);
      await untilState(app, 'quick', ['exited']);
      await launch();
    }
    await ended();
    await untilState(app, 'quick', ['exited']);
    writeFileSync(program, '#!/no/such/interpreter\n', { mode: 0o755 });
    expect(await launch()).toMatchObject({ status: 422, error: { code: 'COMMAND_NOT_FOUND' } });
    expect((await ended()).at(-1)).toMatchObject({ data: { run: { reason: 'spawn-failed' } } });
  });

  it('ends when the process is removed', async () => {
    const app = await createTestApp();
    await launchEcho(app, 'gone', 3);
    const reader = await openStream(one(app, 'gone'));
    await app.delete('/api/runner/processes/gone');
    await expect(reader.until(() => false)).rejects.toThrow('the stream ended');
    await waitUntil('no viewer', async () => (await viewersOf(app)) === 0);
  });
});

describe('the stream of all processes', () => {
  it('lists the processes first, tells several logs, a later process from its start, and removals', async () => {
    const app = await createTestApp();
    for (const id of ['a', 'b']) await launchEcho(app, id, 3);
    const reader = await openStream(`${app.url}/api/runner/stream?tail=2`);
    const seen = new SeenLog(null);
    const first = await reader.until((event) => {
      seen.take(event);
      return seen.linesOf('a').length > 0 && seen.linesOf('b').length > 0;
    });
    expect(first[0]).toMatchObject({ event: 'processes', data: { processes: [{ id: 'a' }, { id: 'b' }] } });
    expect(seen.linesOf('a')).toEqual(['line 2']);
    await launchEcho(app, 'later', 400);
    const later = await reader.until((event) => {
      seen.take(event);
      return seen.linesOf('later').length === 400;
    });
    expect(differenceFromChatty(seen.linesOf('later'), 400)).toBe('');
    expect(later.filter(({ event }) => event === 'state').map(({ data }) => data['process'])).toContainEqual(
      expect.objectContaining({ id: 'later', state: 'starting' }),
    );
    await app.delete('/api/runner/processes/a');
    const last = await reader.until(({ event }) => event === 'removed');
    expect(last.at(-1)?.data).toEqual({ id: 'a' });
  });

  it('with ?ids= tells only of these', async () => {
    const app = await createTestApp();
    for (const id of ['a', 'b', 'c']) await launchEcho(app, id, 2);
    const reader = await openStream(`${app.url}/api/runner/stream?ids=a,c`);
    const seen = new SeenLog(null);
    const isAll = (): boolean => seen.linesOf('a').length === 2 && seen.linesOf('c').length === 2;
    const events = await reader.until((event) => {
      seen.take(event);
      return isAll();
    });
    expect(events[0]).toMatchObject({ data: { processes: [{ id: 'a' }, { id: 'c' }] } });
    await app.delete('/api/runner/processes/b');
    await app.delete('/api/runner/processes/c');
    expect((await reader.until(({ event }) => event === 'removed')).at(-1)?.data).toEqual({ id: 'c' });
    expect(seen.linesOf('b')).toEqual([]);
    expect((await app.get('/api/runner/stream?ids=a,..')).status).toBe(400);
  });

  it('resumes every log exactly by its cursor, wherever the connection is cut', async () => {
    const app = await createTestApp();
    const lines = 10_000;
    const ids = ['a', 'b', 'c'];
    const seen = new SeenLog(null);
    const isAll = (): boolean => ids.every((id) => seen.linesOf(id).length >= lines);
    for (const id of ids) await launchChatty(app, id, { lines, rate: 8_000, bytes: 60 });
    let connections = 0;
    // A log that the cursor of a cut connection does not know yet is told from its start: from=0 of the first one makes that the rule for all.
    const url = `${app.url}/api/runner/stream?from=a:0,b:0,c:0`;
    for (; !isAll(); connections += 1)
      await seen.readOn(url, { isEnough: isAll, cutAfterBytes: 3_000 + Math.ceil(Math.random() * 250_000) });
    for (const id of ids) expect(differenceFromChatty(seen.linesOf(id), lines)).toBe('');
    expect(connections).toBeGreaterThan(15);
  });
});

describe('kill -9 of the runner', () => {
  it('costs no viewer a line: both streams go on exactly at the next runner, and the children never notice', async () => {
    const dataDir = tempDir();
    const lines = 20_000;
    const ids = ['left', 'right'];
    const single = new SeenLog('left');
    const all = new SeenLog(null);
    let runner: RunnerChild = await testRunner(dataDir);
    const urls = () => [
      one(runner, 'left', '?from=0'),
      `${runner.url}/api/runner/stream?from=left:0,right:0`,
    ];
    for (const id of ids) await launchChatty(runner, id, { lines, rate: 5_000, bytes: 80 });
    const pids = await pidsOf(runner);
    for (let kills = 1; kills <= 3; kills += 1) {
      const until = kills * 5_000;
      const [oneUrl = '', allUrl = ''] = urls();
      const reading = [
        single.readOn(oneUrl, { isEnough: () => false }),
        all.readOn(allUrl, { isEnough: () => false }),
      ];
      await waitUntil(
        'the next lines',
        () => single.linesOf('left').length > until && all.linesOf('right').length > until,
      );
      await runner.end('SIGKILL');
      await Promise.all(reading);
      runner = await testRunner(dataDir);
    }
    const [oneUrl = '', allUrl = ''] = urls();
    await single.readOn(oneUrl, { isEnough: () => single.linesOf('left').length >= lines });
    await all.readOn(allUrl, { isEnough: () => ids.every((id) => all.linesOf(id).length >= lines) });
    expect(differenceFromChatty(single.linesOf('left'), lines)).toBe('');
    for (const id of ids) expect(differenceFromChatty(all.linesOf(id), lines)).toBe('');
    expect(await pidsOf(runner)).toEqual(pids);
  });
});

describe('a viewer', () => {
  it('that stalls holds up neither the child nor other viewers, and is told what retention took meanwhile', async () => {
    const app = await createTestApp({
      env: { RUNNER_LOG_SEGMENT_BYTES: '65536', RUNNER_LOG_RETENTION_BYTES: '524288' },
    });
    const lines = 120_000;
    const last = (line: string | undefined): boolean => line !== undefined && numberOf(line) === lines - 1;
    const stalled = [await openStalled(app, 'flood'), await openStalled(app, null)];
    const lively = new SeenLog('flood');
    await lively.readOn(one(app, 'flood'), { isEnough: () => last(lively.linesOf('flood').at(-1)) });
    for (const { seen, read } of stalled) {
      await read(() => last(seen.linesOf('flood').at(-1)));
      const gaps = seen.gaps.filter(({ gap }) => gap.reason === 'retention');
      expect(gaps.length).toBeGreaterThan(0);
      const numbers = seen.linesOf('flood').map(numberOf);
      const jumps = numbers.flatMap((number, index) =>
        index > 0 && number !== (numbers[index - 1] ?? 0) + 1 ? [index] : [],
      );
      expect(jumps.length).toBeGreaterThan(0);
      expect(jumps).toEqual([...new Set(gaps.map(({ afterLines }) => afterLines))]);
      expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
      // What the system's own buffers hold is all that was sent while it stalled.
      expect(numbers.length).toBeLessThan(lines / 2);
    }

    async function openStalled(client: HttpClient, id: string | null) {
      if (id !== null) await launchChatty(client, id, { lines, rate: 60_000, bytes: 300 });
      const reader = await openStream(id === null ? `${client.url}/api/runner/stream` : one(client, id));
      const seen = new SeenLog(id);
      const read = async (isEnough: () => boolean): Promise<void> => {
        for await (const event of reader) {
          seen.take(event);
          if (isEnough()) return;
        }
      };
      return { seen, read };
    }
  });

  it('that stalls costs bounded memory', async () => {
    const runner = await testRunner(tempDir());
    const lines = 250_000;
    await launchChatty(runner, 'flood', { lines, rate: 100_000, bytes: 300 });
    for (let count = 0; count < 5; count += 1) {
      await stalledViewer(one(runner, 'flood'));
      await stalledViewer(`${runner.url}/api/runner/stream`);
    }
    const before = await memoryOf(runner);
    const lively = new SeenLog('flood');
    await lively.readOn(one(runner, 'flood', '?from=0'), {
      isEnough: () => numberOf(lively.linesOf('flood').at(-1) ?? '') === lines - 1,
    });
    expect(await viewersOf(runner)).toBeGreaterThanOrEqual(10);
    // 75 MB of log for each of ten viewers; framed, and shared by all of them, it would still be 250 MB.
    expect((await memoryOf(runner)) - before).toBeLessThan(150e6);
  });

  it('that leaves is forgotten, also one that leaves before it was answered', async () => {
    const app = await createTestApp();
    await launchEcho(app, 'echo', 5);
    const streams = [one(app, 'echo'), `${app.url}/api/runner/stream`];
    const readers = await Promise.all(streams.map((url) => openStream(url)));
    for (const reader of readers) await reader.until(() => true);
    expect(await viewersOf(app)).toBe(2);
    for (const reader of readers) reader.close();
    for (let times = 0; times < 60; times += 1) {
      const request = get(streams[times % 2] ?? '', { agent: false });
      request.on('error', () => undefined);
      request.on('socket', (socket) => {
        // Gone at once, or a moment after the request went out.
        socket.on('connect', () => setTimeout(() => request.destroy(), times % 6));
      });
    }
    await waitUntil('no viewer', async () => (await viewersOf(app)) === 0);
    const late = await openStream(one(app, 'echo'));
    await late.until(({ event }) => event === 'state');
    expect(await viewersOf(app)).toBe(1);
  });
});

async function pidsOf(client: HttpClient): Promise<unknown[]> {
  const { body } = await client.get('/api/runner/processes');
  return (body['processes'] as { pid: number }[]).map(({ pid }) => pid);
}

async function memoryOf(client: HttpClient): Promise<number> {
  const { body } = await client.get('/metrics');
  return Number(/^process_resident_memory_bytes (\S+)/m.exec(String(body['text']))?.[1]);
}
