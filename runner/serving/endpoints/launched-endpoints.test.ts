import { expect, it } from 'vitest';
import { unusedPort } from '../../testing/unused-port.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import { EngineFarm, tinyChat } from '../../engine/testing/engine-farm.ts';
import { newLlamaServer, onlyModels, script, scriptedServer } from './testing/scripted-server.ts';
import { launched, testRegistry } from './testing/test-registry.ts';

const id = 'llama_8000';

it('a launched server is listed from its first "ready" on, online before it was asked', async () => {
  const server = await scriptedServer(script(newLlamaServer({ vision: true })));
  const { registry } = testRegistry();
  registry.start();
  const baseUrl = server.url;
  registry.setLaunched(launched({ baseUrl, state: 'starting' }));
  registry.setLaunched(launched({ baseUrl, state: 'loading' }));
  registry.setLaunched(launched({ baseUrl, state: 'failed' }));
  registry.setLaunched(launched({ baseUrl: null, state: 'ready' }));
  expect(registry.list()).toEqual([]);
  let news = 0;
  registry.changed.subscribe(() => (news += 1));
  registry.setLaunched(launched({ baseUrl, apiKey: 's3cret', context: 4096, slots: 1 }));
  expect(news).toBe(1);
  expect(registry.list()).toMatchObject([
    {
      id,
      name: id,
      baseUrl,
      source: 'launched',
      status: 'online',
      problem: null,
      processId: id,
      hasApiKey: true,
      model: 'tiny.gguf',
      models: [],
      context: 4096,
      slots: 1,
      busySlots: null,
      vision: null,
      launch: {
        recipe: 'llama-server',
        command: 'llama-server -m tiny.gguf',
      },
    },
  ]);
  expect(registry.target(id).apiKey).toBe('s3cret');
  const facts = {
    model: 'tiny.gguf',
    models: ['tiny-random.gguf'],
    context: 2048,
    slots: 4,
    busySlots: 0,
    vision: true,
  };
  expect(await registry.ping(id)).toMatchObject({ status: 'online', ...facts });
});

it('it follows its process, and is not asked while that does not run', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl: server.url }));
  await registry.ping(id);
  registry.setLaunched(launched({ baseUrl: server.url, state: 'exited' }));
  const problem = `Its process ${id} is not running. Launch it again.`;
  const asked = server.asked.length;
  expect(await registry.ping(id)).toMatchObject({ status: 'offline', problem, busySlots: null });
  registry.setLaunched(launched({ baseUrl: server.url, state: 'loading' }));
  expect(registry.get(id)).toMatchObject({ status: 'loading', problem: expect.stringContaining('loading') });
  await registry.ping(id);
  expect(server.asked).toHaveLength(asked);
  registry.setLaunched(launched({ baseUrl: server.url, state: 'ready' }));
  expect(registry.get(id).status).toBe('online');
  await waitUntil('a new check', () => server.asked.length > asked);
});

it('an answer that comes after the end of the process does not count', async () => {
  const server = await scriptedServer(() => 'never');
  const { registry } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl: server.url }));
  const ping = registry.ping(id);
  await waitUntil('the question', () => server.asked.length > 0);
  registry.setLaunched(launched({ baseUrl: server.url, state: 'stopping' }));
  expect(await ping).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('is being stopped'),
  });
});

it('a ready process whose server does not answer is offline in the end', async () => {
  const baseUrl = `http://127.0.0.1:${await unusedPort()}`;
  const { registry } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl }));
  expect(await registry.ping(id)).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('Nothing listens'),
  });
});

it('another launch on another port is the same endpoint with its preset', async () => {
  const one = await scriptedServer(script(newLlamaServer()));
  const other = await scriptedServer(script(onlyModels('b')));
  const { registry, file, store, stop } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl: one.url, apiKey: 's3cret' }));
  await registry.change(id, { defaultPresetId: 'p' });
  registry.setLaunched(launched({ baseUrl: one.url, state: 'exited' }));
  registry.setLaunched(launched({ baseUrl: other.url, model: 'b.gguf' }));
  expect(registry.list()).toMatchObject([
    { id, baseUrl: other.url, model: 'b.gguf', defaultPresetId: 'p', context: null },
  ]);
  expect(JSON.stringify(store.prepare('SELECT * FROM endpoints').all())).not.toContain('s3cret');
  await stop();
  const again = testRegistry({ file }).registry;
  again.start();
  const problem = `Its process ${id} is not running. Launch it again.`;
  expect(again.list()).toMatchObject([
    { id, status: 'offline', problem, baseUrl: other.url, defaultPresetId: 'p', launch: null },
  ]);
});

it('what is told before the start counts after it', () => {
  const { registry } = testRegistry();
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1' }));
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1', processId: 'gone' }));
  registry.removeLaunched('gone');
  expect(registry.list()).toEqual([]);
  registry.start();
  expect(registry.list()).toMatchObject([{ id, status: 'online' }]);
});

it('it goes with its process, and before that only its preset and model can be changed', async () => {
  const { registry, file } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1' }));
  expect(() => registry.remove(id)).toThrow(
    expect.objectContaining({
      code: 'ENDPOINT_IN_USE',
      message: expect.stringContaining(`belongs to the process ${id}: forget that process`),
    }),
  );
  await expect(
    registry.change(id, { name: 'N', baseUrl: 'http://127.0.0.1:2', model: 'm' }),
  ).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    message: expect.stringContaining('name, baseUrl'),
    details: [{ path: 'name' }, { path: 'baseUrl' }],
  });
  expect(await registry.change(id, { model: 'm', defaultPresetId: 'p' })).toMatchObject({
    model: 'm',
    defaultPresetId: 'p',
    name: id,
  });
  registry.removeLaunched(id);
  expect(registry.list()).toEqual([]);
  const again = testRegistry({ file }).registry;
  again.start();
  expect(again.list()).toEqual([]);
});

it('one whose process nobody knows any more can be removed by hand', async () => {
  const { registry, file, stop } = testRegistry();
  registry.start();
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1' }));
  await stop();
  const again = testRegistry({ file }).registry;
  again.start();
  again.remove(id);
  expect(again.list()).toEqual([]);
});

it('a full disk does not keep a launched server from being used', () => {
  const { registry, store } = testRegistry();
  registry.start();
  store.exec('PRAGMA query_only = ON');
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1' }));
  expect(registry.get(id).status).toBe('online');
});

it('a chat goes to the environment’s, else to the launched one that came online last, else to any that is online', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry();
  registry.start();
  const chosen = (): string => registry.defaultTarget().endpoint.id;
  expect(chosen).toThrow(
    expect.objectContaining({ code: 'NO_ENDPOINT', message: expect.stringContaining('LLM_SERVER_URL') }),
  );
  await registry.create({ name: 'Off', baseUrl: 'http://127.0.0.1:1' });
  expect(chosen).toThrow(expect.objectContaining({ code: 'NO_ENDPOINT' }));
  const manual = await registry.create({ name: 'On', baseUrl: server.url });
  expect(chosen()).toBe(manual.id);
  const one = launched({ baseUrl: server.url, processId: 'one' });
  const two = launched({ baseUrl: server.url, processId: 'two' });
  registry.setLaunched(one);
  registry.setLaunched(two);
  expect(chosen()).toBe('two');
  registry.setLaunched({ ...one, state: 'exited' });
  registry.setLaunched(one);
  expect(chosen()).toBe('one');
  registry.setLaunched({ ...one, state: 'loading' });
  expect(chosen()).toBe('two');
  const withEnvironment = testRegistry({
    environmentUrl: { baseUrl: 'http://127.0.0.1:1', apiKey: 'k' },
  }).registry;
  withEnvironment.start();
  withEnvironment.setLaunched(one);
  expect(withEnvironment.defaultTarget()).toMatchObject({
    endpoint: { source: 'environment', status: 'offline' },
    apiKey: 'k',
  });
});

it('the embedded engine tells its context, slots and model', async () => {
  const farm = new EngineFarm();
  try {
    const { url } = await farm.serve([
      '--model',
      tinyChat,
      '--ctx-size',
      '512',
      '--parallel',
      '2',
      '--alias',
      'chat',
      '--api-key',
      'k',
      '--threads',
      '1',
    ]);
    const { registry } = testRegistry();
    registry.start();
    const made = await registry.create({ name: 'Engine', baseUrl: url, apiKey: 'k' });
    expect(made).toMatchObject({ status: 'online', model: 'chat', slots: 2, busySlots: 0, vision: false });
    expect(made.context).toBeGreaterThan(0);
    expect(await registry.change(made.id, { apiKey: 'wrong' })).toMatchObject({
      status: 'offline',
      problem: expect.stringContaining('refused the API key'),
    });
  } finally {
    await farm.endAll();
  }
});
