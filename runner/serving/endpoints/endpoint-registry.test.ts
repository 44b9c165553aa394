import { expect, it } from 'vitest';
import { unusedPort } from '../../testing/unused-port.ts';
import { waitUntil } from '../../testing/wait-until.ts';
import type { EndpointRegistry } from './endpoint-registry.ts';
import {
  loadingModel,
  newLlamaServer,
  onlyModels,
  script,
  scriptedServer,
} from './testing/scripted-server.ts';
import { testRegistry } from './testing/test-registry.ts';

function counted(registry: EndpointRegistry): { count: number } {
  const seen = { count: 0 };
  registry.changed.subscribe(() => (seen.count += 1));
  return seen;
}

const untilStatus = (registry: EndpointRegistry, id: string, status: string) =>
  waitUntil(`${id} to be ${status}`, () => registry.get(id).status === status && registry.get(id));

it('one that is added is checked before the answer, and there after a new start, with its key', async () => {
  const server = await scriptedServer(script(newLlamaServer({ busy: 1 })));
  const { registry, file, stop } = testRegistry();
  registry.start();
  const made = await registry.create({
    name: 'GPU',
    baseUrl: server.url,
    apiKey: 's3cret',
    defaultPresetId: 'json-response',
  });
  expect(made).toMatchObject({
    id: 'id-1',
    name: 'GPU',
    source: 'manual',
    status: 'online',
    problem: null,
    baseUrl: server.url,
  });
  expect(made).toMatchObject({
    model: 'tiny-random.gguf',
    models: ['tiny-random.gguf'],
    context: 2048,
    slots: 4,
    busySlots: 1,
  });
  expect(made).toMatchObject({
    vision: false,
    hasApiKey: true,
    defaultPresetId: 'json-response',
    processId: null,
    launch: null,
  });
  expect(JSON.stringify(registry.list())).not.toContain('s3cret');
  expect(registry.target('id-1')).toMatchObject({ endpoint: { id: 'id-1' }, apiKey: 's3cret' });
  await stop();
  const again = testRegistry({ file }).registry;
  again.start();
  expect(again.list()).toMatchObject([{ id: 'id-1', hasApiKey: true, defaultPresetId: 'json-response' }]);
  expect(await untilStatus(again, 'id-1', 'online')).toMatchObject({ model: 'tiny-random.gguf' });
});

it('one that is offline is added all the same', async () => {
  const { registry } = testRegistry();
  registry.start();
  const baseUrl = `http://127.0.0.1:${await unusedPort()}`;
  const made = await registry.create({ name: 'Later', baseUrl });
  expect(made).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('Nothing listens'),
    model: null,
    hasApiKey: false,
  });
  expect(made.checkedAt).not.toBeNull();
});

it('an address is taken once, however it is written', async () => {
  const { registry } = testRegistry({ environmentUrl: { baseUrl: 'http://127.0.0.1:1', apiKey: null } });
  registry.start();
  await registry.create({ name: 'A', baseUrl: 'http://127.0.0.1:2' });
  const b = await registry.create({ name: 'B', baseUrl: 'http://127.0.0.1:3' });
  const exists = (name: string) => ({
    code: 'ENDPOINT_EXISTS',
    message: expect.stringContaining(`"${name}"`),
  });
  await expect(registry.create({ name: 'C', baseUrl: 'HTTP://127.0.0.1:2/' })).rejects.toMatchObject(
    exists('A'),
  );
  await expect(registry.create({ name: 'C', baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject(
    exists('LLM_SERVER_URL'),
  );
  await expect(registry.change(b.id, { baseUrl: 'http://127.0.0.1:2' })).rejects.toMatchObject(exists('A'));
  expect(await registry.change(b.id, { baseUrl: 'http://127.0.0.1:3', name: 'B2' })).toMatchObject({
    name: 'B2',
  });
  expect(registry.list().map(({ name }) => name)).toEqual(['LLM_SERVER_URL', 'A', 'B2']);
});

it('a change keeps what it does not name, and a new address is checked before the answer', async () => {
  const one = await scriptedServer(script(onlyModels('a', 'b')));
  const other = await scriptedServer((path, headers) =>
    headers.authorization === 'Bearer k' ? script(onlyModels('c'))(path, headers) : { status: 401, text: '' },
  );
  const { registry, file, stop } = testRegistry();
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: one.url, apiKey: 'k' });
  expect(await registry.change(id, { model: 'b' })).toMatchObject({
    model: 'b',
    models: ['a', 'b'],
    name: 'X',
    hasApiKey: true,
  });
  expect(await registry.change(id, { baseUrl: `${one.url}/base`, name: 'Y' })).toMatchObject({
    hasApiKey: true,
  });
  // The key was entered for another host.
  expect(await registry.change(id, { baseUrl: other.url, model: null })).toMatchObject({
    status: 'offline',
    hasApiKey: false,
  });
  expect(await registry.change(id, { apiKey: 'k', name: 'X' })).toMatchObject({
    status: 'online',
    model: 'c',
    models: ['c'],
  });
  expect(await registry.change(id, { apiKey: '' })).toMatchObject({
    status: 'offline',
    hasApiKey: false,
    problem: expect.stringContaining('API key'),
  });
  await stop();
  const again = testRegistry({ file }).registry;
  again.start();
  expect(again.get(id)).toMatchObject({ baseUrl: other.url, hasApiKey: false, name: 'X' });
});

it('removed is removed, and unknown ids are told', async () => {
  const { registry, file } = testRegistry();
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: 'http://127.0.0.1:1' });
  registry.remove(id);
  const unknown = expect.objectContaining({
    code: 'ENDPOINT_NOT_FOUND',
    message: expect.stringContaining(`"${id}"`),
  });
  expect(registry.find(id)).toBeNull();
  expect(() => registry.get(id)).toThrow(unknown);
  expect(() => registry.target(id)).toThrow(unknown);
  expect(() => registry.remove(id)).toThrow(unknown);
  await expect(registry.ping(id)).rejects.toEqual(unknown);
  await expect(registry.change(id, {})).rejects.toEqual(unknown);
  registry.reportFailure(id);
  const again = testRegistry({ file }).registry;
  again.start();
  expect(again.list()).toEqual([]);
});

it('a server that loads, serves, goes and comes back is followed, and each turn is told', async () => {
  const server = await scriptedServer(() => loadingModel);
  const { registry } = testRegistry();
  registry.start();
  const seen = counted(registry);
  const { id } = await registry.create({ name: 'X', baseUrl: server.url });
  expect(registry.get(id)).toMatchObject({
    status: 'loading',
    problem: expect.stringContaining('loading'),
    busySlots: null,
  });
  server.script = script(newLlamaServer({ busy: 2 }));
  expect(await untilStatus(registry, id, 'online')).toMatchObject({
    problem: null,
    busySlots: 2,
    context: 2048,
  });
  await server.close();
  expect(await untilStatus(registry, id, 'offline')).toMatchObject({
    busySlots: null,
    latencyMs: null,
    context: 2048,
  });
  const before = seen.count;
  await server.listen();
  await untilStatus(registry, id, 'online');
  expect(seen.count).toBeGreaterThan(before);
});

it('checks that find the same again tell nobody; busy slots do', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry();
  registry.start();
  const { id, checkedAt } = await registry.create({ name: 'X', baseUrl: server.url });
  const seen = counted(registry);
  await waitUntil('more checks', () => server.asked.filter((path) => path === '/health').length > 4);
  expect(registry.get(id).checkedAt).not.toBe(checkedAt);
  expect(seen.count).toBe(0);
  // Steady checks leave the long answers alone.
  expect(server.asked.filter((path) => path === '/props')).toHaveLength(1);
  server.script = script(newLlamaServer({ busy: 3 }));
  await waitUntil('three busy slots', () => registry.get(id).busySlots === 3);
  expect(seen.count).toBe(1);
});

it('a ping asks anew at once, for everything', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry({ timing: { onlineMs: 600_000 } });
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: server.url });
  server.script = script({ ...newLlamaServer({ busy: 4 }), ...onlyModels('new') });
  expect(await registry.ping(id)).toMatchObject({ status: 'online', models: ['new'], busySlots: 4 });
});

it('an online server that misses one deadline is asked again before it is given up; a ping says it at once', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry({ timing: { timeoutMs: 600 } });
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: server.url });
  const seen = counted(registry);
  let misses = 0;
  server.script = (path, headers) =>
    path === '/health' && (misses += 1) === 1 ? 'never' : script(newLlamaServer())(path, headers);
  await waitUntil('the checks after it', () => misses > 2);
  expect([registry.get(id).status, seen.count]).toEqual(['online', 0]);
  server.script = () => 'never';
  expect(await registry.ping(id)).toMatchObject({
    status: 'offline',
    problem: expect.stringContaining('did not answer within 0.6 s'),
  });
});

it('a failure that a chat reports is looked into at once', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry({ timing: { onlineMs: 600_000 } });
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: server.url });
  await server.close();
  registry.reportFailure(id);
  await untilStatus(registry, id, 'offline');
});

it('the environment’s comes first, keeps its preset and model, and cannot be removed', async () => {
  const server = await scriptedServer(script(onlyModels('a', 'b')));
  const environmentUrl = { baseUrl: server.url, apiKey: 's3cret' };
  const { registry, file, store, stop } = testRegistry({ environmentUrl });
  registry.start();
  const [first] = registry.list();
  const id = first?.id ?? '';
  expect(first).toMatchObject({ source: 'environment', name: 'LLM_SERVER_URL', hasApiKey: true });
  await untilStatus(registry, id, 'online');
  await registry.change(id, { defaultPresetId: 'p', model: 'b' });
  expect(() => registry.remove(id)).toThrow(
    expect.objectContaining({
      code: 'ENDPOINT_IN_USE',
      message: expect.stringContaining('comes from LLM_SERVER_URL'),
    }),
  );
  await expect(registry.change(id, { name: 'N', apiKey: 'k' })).rejects.toMatchObject({
    code: 'INVALID_REQUEST',
    details: [{ path: 'name' }, { path: 'apiKey' }],
  });
  expect(JSON.stringify(store.prepare('SELECT * FROM endpoints').all())).not.toContain('s3cret');
  await stop();
  const same = testRegistry({ file, environmentUrl }).registry;
  same.start();
  expect(same.get(id)).toMatchObject({ defaultPresetId: 'p', model: 'b' });
  const elsewhere = testRegistry({
    file,
    environmentUrl: { baseUrl: 'http://127.0.0.1:1', apiKey: null },
  }).registry;
  elsewhere.start();
  expect(elsewhere.get(id)).toMatchObject({
    defaultPresetId: 'p',
    model: null,
    baseUrl: 'http://127.0.0.1:1',
  });
  const none = testRegistry({ file }).registry;
  none.start();
  expect(none.list()).toEqual([]);
});

it('what cannot be stored has not happened', async () => {
  const { registry, store } = testRegistry();
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: 'http://127.0.0.1:1' });
  store.exec('PRAGMA query_only = ON');
  await expect(registry.create({ name: 'Y', baseUrl: 'http://127.0.0.1:2' })).rejects.toMatchObject({
    code: 'STORAGE_FAILED',
  });
  await expect(registry.change(id, { name: 'Z' })).rejects.toMatchObject({ code: 'STORAGE_FAILED' });
  expect(() => registry.remove(id)).toThrow(expect.objectContaining({ code: 'STORAGE_FAILED' }));
  expect(registry.list()).toMatchObject([{ id, name: 'X' }]);
});

it('a stop ends running checks, and nothing is asked after it', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry, stop } = testRegistry({ timing: { timeoutMs: 600_000 } });
  registry.start();
  const { id } = await registry.create({ name: 'X', baseUrl: server.url });
  server.script = () => 'never';
  const ping = registry.ping(id);
  const asked = server.asked.length;
  await waitUntil('the question', () => server.asked.length > asked);
  await stop();
  expect(await ping).toMatchObject({ status: 'online' });
});
