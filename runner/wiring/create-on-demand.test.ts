import { describe, expect, it } from 'vitest';
import type { Endpoint } from '#contract/endpoint';
import { tinyChat } from '../engine/testing/engine-farm.ts';
import { toldToAll } from './on-demand-processes.ts';
import { contentOf, chatStream } from '../testing/chat-client.ts';
import { createTestApp, snapshotOf, untilState } from '../testing/create-test-app.ts';
import type { TestApp } from '../testing/create-test-app.ts';
import { tempDir } from '../testing/temp-dir.ts';
import { isAlive, waitUntil } from '../testing/wait-until.ts';

const MESSAGE = 'Reply with the word pong';

async function save(
  app: TestApp,
  name: string,
  { form = {}, onDemand = {} }: { form?: object; onDemand?: object | null },
): Promise<string> {
  const target = { recipe: 'embedded', form: { model: tinyChat, alias: name, threads: 1, ...form } };
  const { status, body } = await app.post('/api/launch/profiles', {
    name,
    processId: name,
    target,
    onDemand,
  });
  expect(status).toBe(201);
  return (body['profile'] as { id: string }).id;
}

async function change(app: TestApp, id: string, to: object): Promise<void> {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(`${app.url}/api/launch/profiles/${id}`, {
    method: 'PATCH',
    headers,
    body: JSON.stringify(to),
  });
  expect(response.status).toBe(200);
}

async function endpointsOf(app: TestApp): Promise<Endpoint[]> {
  return (await app.get('/api/endpoints')).body['endpoints'] as Endpoint[];
}

async function modelsOf(app: TestApp): Promise<Record<string, unknown>[]> {
  return (await app.get('/api/gateway/models')).body['models'] as Record<string, unknown>[];
}

describe('with a real engine', () => {
  it('a chat launches it, and it is unloaded when it was idle', async () => {
    const app = await createTestApp();
    const profileId = await save(app, 'one', { onDemand: { idleSeconds: null } });
    const offline = {
      id: 'one',
      status: 'offline',
      onDemand: true,
      model: 'one',
      problemCode: 'process-on-demand',
    };
    expect(await endpointsOf(app)).toMatchObject([offline]);
    expect(
      await waitUntil('the estimate', async () =>
        (await modelsOf(app)).find(({ memoryMb }) => memoryMb !== null),
      ),
    ).toMatchObject({
      id: 'one',
      profileId,
      profileName: 'one',
      model: 'one',
      state: 'unloaded',
      waiting: 0,
      problem: null,
    });
    const stream = await chatStream(`${app.url}/api/llm/chat/session/stream`, {
      message: MESSAGE,
      temperature: 0,
      progress: true,
    });
    const frames = await stream.rest();
    expect(frames).toContainEqual({ progress: { phase: 'queued', place: 1 } });
    expect(contentOf(frames)).toBe('pong');
    const { pid } = await snapshotOf(app, 'one');
    expect(pid).toBeGreaterThan(1);
    await change(app, profileId, { onDemand: { idleSeconds: 1 } });
    expect(await untilState(app, 'one', ['exited'])).toMatchObject({
      exit: { reason: 'stopped' },
      profileId,
      restartPolicy: 'never',
    });
    expect(isAlive(pid ?? 0)).toBe(false);
    expect(await endpointsOf(app)).toMatchObject([offline]);
    const { body } = await app.get(`/api/sessions/${String(frames.at(-1)?.['session_id'])}`);
    expect(JSON.stringify(body)).toContain('--alias one');
  });

  it('two of one group take turns, and those who came together are both answered', async () => {
    const app = await createTestApp();
    await save(app, 'one', { onDemand: { group: 'gpu' } });
    await save(app, 'two', { onDemand: { group: 'gpu' } });
    const ask = (endpoint_id: string) =>
      app.post('/api/llm/chat', {
        endpoint_id,
        messages: [{ role: 'user', content: MESSAGE }],
        temperature: 0,
      });
    const answers = await Promise.all([ask('one'), ask('two')]);
    expect(answers.map(({ body }) => body['response'])).toEqual(['pong', 'pong']);
    expect((await modelsOf(app)).map(({ state }) => state)).toEqual(
      expect.arrayContaining(['loaded', 'unloaded']),
    );
  });

  it('what a runner left running is taken as loaded by the next, and unloaded like any other', async () => {
    const dataDir = tempDir();
    const first = await createTestApp({ dataDir });
    const profileId = await save(first, 'one', { onDemand: { idleSeconds: null } });
    await first.post('/api/llm/chat', { endpoint_id: 'one', messages: [{ role: 'user', content: MESSAGE }] });
    const { pid } = await snapshotOf(first, 'one');
    await first.runner.stop({ keepProcesses: true });
    const second = await createTestApp({ dataDir });
    await waitUntil('it to be loaded', async () => (await modelsOf(second))[0]?.['state'] === 'loaded');
    await change(second, profileId, { onDemand: { idleSeconds: 1 } });
    await untilState(second, 'one', ['exited']);
    expect(isAlive(pid ?? 0)).toBe(false);
    expect((await snapshotOf(second, 'one')).run).toBe(1);
  });
});

it('a load that fails is told with its reason, without the folders of this machine, and with a way to go on', async () => {
  const app = await createTestApp();
  const id = await save(app, 'one', { form: { extraArgs: ['--no-such-flag'] } });
  const ask = async () =>
    (await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] })).body['error'];
  const told = {
    code: 'ENDPOINT_OFFLINE',
    message: expect.stringMatching(
      /^The model "one" could not be loaded. The server does not know the argument --no-such-flag/,
    ),
  };
  expect(await ask()).toMatchObject(told);
  expect(await ask()).toMatchObject(told);
  expect((await snapshotOf(app, 'one')).run).toBe(1);
  expect((await modelsOf(app))[0]).toMatchObject({
    problem: expect.stringMatching(/^The server does not know/),
    problemCode: 'unknown-argument',
    problemValues: { flag: '--no-such-flag' },
  });

  const missing = `${tempDir()}/gone.gguf`;
  await change(app, id, { target: { recipe: 'embedded', form: { model: missing } } });
  const error = await ask();
  expect(error).toMatchObject({ code: 'ENDPOINT_OFFLINE', message: expect.stringContaining('is not there') });
  expect(JSON.stringify(error)).not.toContain(missing);
  expect((await modelsOf(app))[0]).toMatchObject({ problemCode: 'load-file-missing', problemValues: {} });
});

it('a process of another kind that has its id is left alone', async () => {
  const app = await createTestApp();
  await save(app, 'one', { onDemand: { idleSeconds: 1 } });
  await app.post('/api/runner/launch', { id: 'one', cmd: 'sleep', args: ['1000'] });
  const { error } = await app.post('/api/llm/chat', { messages: [{ role: 'user', content: 'hi' }] });
  expect(error).toMatchObject({ code: 'ENDPOINT_OFFLINE', message: expect.stringContaining('another kind') });
  expect((await modelsOf(app))[0]).toMatchObject({ state: 'unloaded', idleUnloadAt: null });
  expect(await snapshotOf(app, 'one')).toMatchObject({ state: 'ready', recipe: 'command', run: 1 });
});

it('a profile that requests launch no more takes its endpoint with it; of two with one process the first counts', async () => {
  const app = await createTestApp();
  const id = await save(app, 'one', {});
  const target = { recipe: 'embedded', form: { model: tinyChat, alias: 'other' } };
  await app.post('/api/launch/profiles', { name: 'other', processId: 'one', target, onDemand: {} });
  await app.post('/api/launch/profiles', {
    name: 'no server',
    processId: 'x',
    target: { recipe: 'command', form: { cmd: 'sleep' } },
    onDemand: {},
  });
  expect(await endpointsOf(app)).toMatchObject([{ id: 'one', model: 'one' }]);
  await change(app, id, { onDemand: null });
  expect(await endpointsOf(app)).toMatchObject([{ id: 'one', model: 'other' }]);
  expect((await modelsOf(app)).map(({ profileName }) => profileName)).toEqual(['other']);
});

it.each([
  ['/home/me/my models/a b.gguf', 'a b.gguf'],
  ['C:\\Users\\me\\a.gguf', 'a.gguf'],
  ['a.gguf', 'a.gguf'],
])('of the file %s others are told the name', (path, name) => {
  const diagnosis = {
    cause: `There is no model file at ${path}.`,
    suggestion: 'Check the path.',
    fix: {},
    values: { path },
  };
  const problem = `There is no model file at ${name}. Check the path.`;
  expect(toldToAll({ ...diagnosis, code: 'model-missing' })).toEqual({
    problem,
    problemCode: 'model-missing',
    problemValues: { path: name },
  });
  expect(toldToAll(diagnosis)).toMatchObject({ problem, problemCode: null });
});
