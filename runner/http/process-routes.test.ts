import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  createTestApp,
  entriesOf,
  linesOf,
  openStream,
  snapshotOf,
  untilState,
} from '../testing/create-test-app.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { childProgram } from '../testing/test-supervisor.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';

const node = process.execPath;
const sleeper = { cmd: 'sleep', args: ['1000'] };

function script(name: string, text: string): string {
  const path = join(tempDir(), name);
  writeFileSync(path, text);
  return path;
}

async function foreignListener(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  return (server.address() as AddressInfo).port;
}

describe("the seed's requests", () => {
  it('launch answers ok and pid, and the process lives', async () => {
    const app = await createTestApp();
    const { status, body } = await app.post('/api/runner/launch', {
      id: 'llama_8000',
      cmd: node,
      args: ['-e', 'console.log("hello"); setInterval(() => {}, 1000)'],
      cwd: tempDir(),
      shell: false,
    });
    expect(status).toBe(200);
    expect(body).toEqual({ ok: true, pid: expect.any(Number), id: 'llama_8000', run: 1, port: null });
    expect(isAlive(Number(body['pid']))).toBe(true);
    await waitUntil('its line', async () => (await linesOf(app, 'llama_8000')).includes('hello'));
  });

  it('health counts the running processes', async () => {
    const app = await createTestApp();
    await app.post('/api/runner/launch', { id: 'one', ...sleeper });
    const { body } = await app.get('/api/runner/health');
    expect(body).toMatchObject({ ok: true, runningProcesses: 1 });
    expect(new Date(String(body['timestamp'])).toISOString()).toBe(body['timestamp']);
  });

  it('stop without a body and without a content type ends the process', async () => {
    const app = await createTestApp();
    const { body } = await app.post('/api/runner/launch', { id: 'llama_8000', ...sleeper });
    const stopped = await app.post('/api/runner/stop/llama_8000');
    expect(stopped).toMatchObject({
      status: 200,
      body: { ok: true, id: 'llama_8000', exit: { signal: 'SIGTERM', reason: 'stopped' } },
    });
    expect(isAlive(Number(body['pid']))).toBe(false);
  });

  it.runIf(process.platform !== 'win32')(
    'start-bat runs a script with "cwd": null in the folder of the script',
    async () => {
      const app = await createTestApp();
      const path = script('start_agent_stack.sh', 'pwd; echo "$1"; sleep 1000\n');
      const { status, body } = await app.post('/api/runner/start-bat', {
        id: 'agent_stack',
        path,
        args: ['a b'],
        cwd: null,
      });
      expect(status).toBe(200);
      expect(body).toMatchObject({ ok: true, pid: expect.any(Number) });
      await waitUntil(
        'its lines',
        async () => (await linesOf(app, 'agent_stack')).join('\n') === `${path.replace(/\/[^/]+$/, '')}\na b`,
      );
    },
  );
});

describe('a launch that cannot be', () => {
  const requests: [string, Record<string, unknown>, { status: number; code: string; message: RegExp }][] = [
    [
      'an id with bad characters',
      { id: 'a/b', ...sleeper },
      { status: 400, code: 'INVALID_REQUEST', message: /id: must be 1 to 64 of/ },
    ],
    [
      'an id of dots',
      { id: '..', ...sleeper },
      { status: 400, code: 'INVALID_REQUEST', message: /id: must not be/ },
    ],
    [
      'an id that is too long',
      { id: 'x'.repeat(65), ...sleeper },
      { status: 400, code: 'INVALID_REQUEST', message: /id: / },
    ],
    ['no id', sleeper, { status: 400, code: 'INVALID_REQUEST', message: /id: / }],
    [
      'wrong types',
      { id: 'a', cmd: 5, args: 'x' },
      { status: 400, code: 'INVALID_REQUEST', message: /cmd: .*args: / },
    ],
    [
      'an unknown field',
      { id: 'a', ...sleeper, command: 'x' },
      { status: 400, code: 'INVALID_REQUEST', message: /command/ },
    ],
    [
      'a list instead of an object',
      [] as never,
      { status: 400, code: 'INVALID_REQUEST', message: /expected object/ },
    ],
    [
      'a NUL in the command',
      { id: 'a', cmd: 'sl\0eep' },
      { status: 400, code: 'INVALID_REQUEST', message: /cmd: .*NUL/ },
    ],
    [
      'a NUL in an argument',
      { id: 'a', cmd: 'echo', args: ['x\0'] },
      { status: 400, code: 'INVALID_REQUEST', message: /args\.0: .*NUL/ },
    ],
    [
      'a NUL in the folder',
      { id: 'a', ...sleeper, cwd: '/\0' },
      { status: 400, code: 'INVALID_REQUEST', message: /cwd: .*NUL/ },
    ],
    [
      'a pattern that is no pattern',
      { id: 'a', ...sleeper, ready: { pattern: '(' } },
      { status: 400, code: 'INVALID_REQUEST', message: /regular expression/ },
    ],
    [
      'a command that is not there',
      { id: 'a', cmd: 'no-such-command' },
      { status: 422, code: 'COMMAND_NOT_FOUND', message: /PATH.*Install/ },
    ],
    [
      'a path that is not there',
      { id: 'a', cmd: '/no/such/file' },
      { status: 422, code: 'COMMAND_NOT_FOUND', message: /no such file/ },
    ],
    [
      'a name too long for any file',
      { id: 'a', cmd: 'x'.repeat(4000) },
      { status: 422, code: 'COMMAND_NOT_FOUND', message: /PATH/ },
    ],
    [
      'a folder that is not there',
      { id: 'a', ...sleeper, cwd: '/no/such' },
      { status: 422, code: 'CWD_NOT_FOUND', message: /Create it/ },
    ],
    [
      'a folder with too long a name',
      { id: 'a', ...sleeper, cwd: `/${'x'.repeat(4000)}` },
      { status: 422, code: 'CWD_NOT_FOUND', message: /Create it/ },
    ],
    [
      'more arguments than the system takes',
      { id: 'a', cmd: 'echo', args: ['x'.repeat(500_000)] },
      { status: 422, code: 'SPAWN_FAILED', message: /E2BIG/ },
    ],
    [
      'a model that is not there',
      { id: 'a', recipe: 'embedded', form: { model: '/no/m.gguf' } },
      { status: 422, code: 'MODEL_NOT_FOUND', message: /models list/ },
    ],
    [
      'a model with too long a name',
      { id: 'a', recipe: 'embedded', form: { model: 'x'.repeat(4000) } },
      { status: 422, code: 'MODEL_NOT_FOUND', message: /Check the path/ },
    ],
    [
      'a recipe nobody knows',
      { id: 'a', recipe: 'vllm', form: {} },
      { status: 400, code: 'INVALID_REQUEST', message: /recipe: / },
    ],
    [
      'a form with a wrong field',
      { id: 'a', recipe: 'embedded', form: { model: 'm', port: 0 } },
      { status: 400, code: 'INVALID_REQUEST', message: /form\.port: / },
    ],
  ];

  it.each(requests)('%s is told by field and cure', async (_what, request, { status, code, message }) => {
    const app = await createTestApp();
    const answer = await app.post('/api/runner/launch', request);
    expect(answer).toMatchObject({ status, body: { ok: false }, error: { code } });
    expect(answer.error.message).toMatch(message);
    const { body } = await app.get('/api/runner/processes');
    expect((body['processes'] as { state: string }[]).filter(({ state }) => state !== 'failed')).toEqual([]);
  });

  it('a file that is not executable is told with the command that allows it', async () => {
    const app = await createTestApp();
    const path = script('plain.txt', 'no program');
    const answer = await app.post('/api/runner/launch', { id: 'a', cmd: path });
    expect(answer).toMatchObject({
      status: 422,
      error: { code: 'COMMAND_NOT_EXECUTABLE', message: expect.stringContaining(`chmod +x ${path}`) },
    });
  });

  it('an id in use, a taken port: 409 with the holder', async () => {
    const app = await createTestApp();
    await app.post('/api/runner/launch', { id: 'mine', ...sleeper });
    const again = await app.post('/api/runner/launch', { id: 'mine', ...sleeper });
    expect(again).toMatchObject({
      status: 409,
      error: { code: 'ALREADY_RUNNING', message: expect.stringContaining('another id') },
    });
    const port = await foreignListener();
    const taken = await app.post('/api/runner/launch', { id: 'late', ...sleeper, port });
    expect(taken).toMatchObject({ status: 409, error: { code: 'PORT_TAKEN', details: { port } } });
    expect(taken.error.message).toMatch(
      new RegExp(`Port ${port} is taken by .*(pid ${process.pid}|another program).*choose another port`),
    );
  });

  it.runIf(process.platform === 'linux')(
    'a .bat, a missing script and a file that is none: 422 that says what this system runs',
    async () => {
      const app = await createTestApp();
      const start = async (path: string) =>
        app.post('/api/runner/start-bat', { id: 'x', path, args: [], cwd: null });
      const bat = await start(script('start.bat', '@echo off'));
      expect(bat).toMatchObject({
        status: 422,
        error: { code: 'SCRIPT_UNSUPPORTED', message: expect.stringContaining('needs Windows') },
      });
      expect(await start('E:\\UI REFACTOR\\start_agent_stack.bat')).toMatchObject({
        status: 422,
        error: { code: 'SCRIPT_UNSUPPORTED' },
      });
      expect(await start('/no/such.sh')).toMatchObject({ status: 422, error: { code: 'SCRIPT_NOT_FOUND' } });
      expect(await start(script('notes.txt', ''))).toMatchObject({
        status: 422,
        error: { code: 'SCRIPT_UNSUPPORTED' },
      });
    },
  );

  it('what RUNNER_ALLOWED_COMMANDS does not list is 403, a shell in any case', async () => {
    const app = await createTestApp({ env: { RUNNER_ALLOWED_COMMANDS: 'sleep' } });
    expect(await app.post('/api/runner/launch', { id: 'a', cmd: 'echo' })).toMatchObject({
      status: 403,
      error: { code: 'COMMAND_NOT_ALLOWED' },
    });
    expect(await app.post('/api/runner/launch', { id: 'a', cmd: 'sleep', shell: true })).toMatchObject({
      status: 403,
    });
    expect(await app.post('/api/runner/launch', { id: 'a', ...sleeper })).toMatchObject({ status: 200 });
  });
});

describe('stop, restart, delete', () => {
  it('an unknown id is 404, a bad one 400, on every route', async () => {
    const app = await createTestApp();
    const unknown = {
      status: 404,
      error: { code: 'PROCESS_NOT_FOUND', message: expect.stringContaining('/api/runner/processes') },
    };
    const bad = { status: 400, error: { code: 'INVALID_REQUEST' } };
    for (const [id, expected] of [
      ['nobody', unknown],
      ['..%2F..%2Fetc', bad],
      ['%00', bad],
    ] as const) {
      for (const path of ['stop', 'restart'])
        expect(await app.post(`/api/runner/${path}/${id}`)).toMatchObject(expected);
      for (const path of ['processes', 'stream', 'logs'])
        expect(await app.get(`/api/runner/${path}/${id}`)).toMatchObject(expected);
      expect(await app.delete(`/api/runner/processes/${id}`)).toMatchObject(expected);
    }
    expect(await app.get('/api/runner/logs/%E0%A4%A')).toMatchObject(bad);
  });

  it('stop of an ended process answers how it ended, again and again', async () => {
    const app = await createTestApp();
    await app.post('/api/runner/launch', { id: 'ends', cmd: '/bin/sh', args: ['-c', 'exit 3'] });
    await untilState(app, 'ends', ['failed']);
    for (let time = 0; time < 2; time += 1) {
      expect(await app.post('/api/runner/stop/ends')).toMatchObject({
        status: 200,
        body: { ok: true, exit: { code: 3, reason: 'crashed' } },
      });
    }
  });

  it('stop with graceMs kills what ignores TERM; a bad graceMs stops nothing', async () => {
    const app = await createTestApp();
    const { body } = await app.post('/api/runner/launch', {
      id: 'deaf',
      cmd: node,
      args: [childProgram('ignores-stop.mjs')],
    });
    await waitUntil('its handlers', async () => (await linesOf(app, 'deaf')).includes('ready'));
    expect(await app.post('/api/runner/stop/deaf', { graceMs: '1' })).toMatchObject({ status: 400 });
    expect(await app.post('/api/runner/stop/deaf', { grace: 1 })).toMatchObject({ status: 400 });
    expect(isAlive(Number(body['pid']))).toBe(true);
    expect(await app.post('/api/runner/stop/deaf', { graceMs: 100 })).toMatchObject({
      body: { exit: { signal: 'SIGKILL', reason: 'stopped' } },
    });
    expect(isAlive(Number(body['pid']))).toBe(false);
  });

  it('restart answers with the next run and another pid', async () => {
    const app = await createTestApp();
    const first = await app.post('/api/runner/launch', { id: 'again', ...sleeper });
    const second = await app.post('/api/runner/restart/again');
    expect(second).toMatchObject({ status: 200, body: { ok: true, id: 'again', run: 2 } });
    expect(second.body['pid']).not.toBe(first.body['pid']);
    expect(isAlive(Number(first.body['pid']))).toBe(false);
  });

  it('delete refuses a running process, forgets an ended one, and leaves no keeper behind', async () => {
    const app = await createTestApp();
    await app.post('/api/runner/launch', { id: 'gone', ...sleeper });
    expect(await app.delete('/api/runner/processes/gone')).toMatchObject({
      status: 409,
      error: { code: 'STILL_RUNNING' },
    });
    const stateFile = join(app.dataDir, 'processes', 'gone', 'state.json');
    const { shimPid } = JSON.parse(readFileSync(stateFile, 'utf8')) as { shimPid: number };
    await app.post('/api/runner/stop/gone');
    expect(await app.delete('/api/runner/processes/gone')).toMatchObject({ status: 200, body: { ok: true } });
    expect(await app.get('/api/runner/processes/gone')).toMatchObject({ status: 404 });
    expect(await app.get('/api/runner/processes')).toMatchObject({ body: { processes: [] } });
    await waitUntil('the end of the keeper', () => !isAlive(shimPid));
  });
});

describe('secrets', () => {
  const SECRET = 'sk-never-to-be-seen-1234567890';

  it('of a command line or a form appear in no answer, no event, no log record and not in runner.log', async () => {
    const app = await createTestApp({ env: { RUNNER_LOG_LEVEL: 'trace' } });
    const all = await openStream(`${app.url}/api/runner/stream`);
    const model = script('model.gguf', 'GGUF');
    const idle = ['-e', 'setInterval(() => {}, 1000)', 'x'];
    const launches = [
      { id: 'flag', cmd: node, args: [...idle, '--api-key', SECRET] },
      { id: 'equals', cmd: node, args: [...idle, `--api-key=${SECRET}`] },
      { id: 'shell', cmd: `true --api-key ${SECRET}; sleep 1000`, shell: true },
      { id: 'variable', ...sleeper, env: { HF_TOKEN: SECRET } },
      {
        id: 'form',
        recipe: 'embedded',
        form: { model, apiKey: SECRET, extraArgs: ['--api-key', SECRET], env: { API_KEY: SECRET } },
      },
      {
        id: 'command',
        recipe: 'command',
        form: { cmd: `true --api-key ${SECRET}; sleep 1000`, shell: true },
      },
    ];
    const seen: unknown[] = [];
    for (const launch of launches) seen.push((await app.post('/api/runner/launch', launch)).body);
    for (const { id } of launches) {
      expect(await snapshotOf(app, id)).toMatchObject({ run: 1 });
      const one = await openStream(`${app.url}/api/runner/stream/${id}`);
      seen.push(await one.until(({ event }) => event === 'run'));
      for (const path of ['processes', 'logs']) seen.push((await app.get(`/api/runner/${path}/${id}`)).body);
      seen.push(
        await app.get(`/api/runner/logs/${id}?format=text`),
        await entriesOf(app, id),
        (await app.post(`/api/runner/stop/${id}`)).body,
      );
    }
    seen.push((await app.get('/api/runner/processes')).body, (await app.get('/metrics')).body);
    const told = new Set<unknown>();
    seen.push(
      await all.until(
        ({ event, data }) => event === 'lines' && told.add(data['id']).size === launches.length,
      ),
    );
    const text = JSON.stringify(seen);
    expect(text.split('***').length).toBeGreaterThan(20);
    expect(
      text.slice(Math.max(0, text.indexOf(SECRET) - 200)).slice(0, text.includes(SECRET) ? 400 : 0),
    ).toBe('');
    expect(readFileSync(join(app.dataDir, 'runner.log'), 'utf8')).not.toContain(SECRET);
  });
});
