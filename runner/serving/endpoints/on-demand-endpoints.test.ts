import { expect, it } from 'vitest';
import type { OnDemandServer } from './launched-server.ts';
import { newLlamaServer, script, scriptedServer } from './testing/scripted-server.ts';
import { launched, testRegistry } from './testing/test-registry.ts';

const id = 'llama_8000';

function profiled(rest: Partial<OnDemandServer> = {}): OnDemandServer {
  return {
    processId: id,
    baseUrl: 'http://127.0.0.1',
    model: 'tiny.gguf',
    context: 4096,
    slots: null,
    vision: null,
    ...rest,
  };
}

it('one that a request launches is listed before it ever ran, and goes when its profile does', () => {
  const { registry } = testRegistry();
  registry.start();
  let news = 0;
  registry.changed.subscribe(() => (news += 1));
  registry.setOnDemand([profiled()]);
  registry.setOnDemand([profiled()]);
  expect(news).toBe(1);
  expect(registry.list()).toMatchObject([
    {
      id,
      source: 'launched',
      status: 'offline',
      onDemand: true,
      model: 'tiny.gguf',
      context: 4096,
      models: [],
      problem: 'It is not loaded. The first request launches it.',
      problemCode: 'process-on-demand',
    },
  ]);
  registry.setOnDemand([profiled({ model: 'other.gguf' })]);
  expect(registry.get(id).model).toBe('other.gguf');
  expect(() => registry.remove(id)).toThrow(
    expect.objectContaining({ code: 'ENDPOINT_IN_USE', message: expect.stringContaining('profile') }),
  );
  registry.setOnDemand([]);
  expect(registry.list()).toEqual([]);
});

it('it is the same endpoint as that of its process, which leaves it when it ends or is forgotten', async () => {
  const server = await scriptedServer(script(newLlamaServer()));
  const { registry } = testRegistry();
  registry.start();
  registry.setOnDemand([profiled()]);
  registry.setLaunched(launched({ baseUrl: server.url, state: 'loading' }));
  expect(registry.list()).toMatchObject([{ id, status: 'loading', problemCode: 'process-loading' }]);
  registry.setLaunched(launched({ baseUrl: server.url, apiKey: 'k' }));
  expect(await registry.ping(id)).toMatchObject({
    status: 'online',
    onDemand: true,
    baseUrl: server.url,
    slots: 4,
    hasApiKey: true,
  });
  registry.setLaunched(launched({ baseUrl: server.url, state: 'stopping' }));
  expect(registry.get(id)).toMatchObject({ status: 'offline', problemCode: 'process-stopping' });
  registry.setLaunched(launched({ baseUrl: server.url, state: 'exited' }));
  expect(registry.get(id)).toMatchObject({
    status: 'offline',
    problemCode: 'process-on-demand',
    models: ['tiny-random.gguf'],
  });
  registry.setOnDemand([profiled({ model: 'other.gguf' })]);
  expect(registry.get(id)).toMatchObject({ model: 'other.gguf', models: [] });
  registry.removeLaunched(id);
  expect(registry.list()).toMatchObject([{ id, problemCode: 'process-on-demand' }]);
  registry.setOnDemand([]);
  expect(registry.list()).toEqual([]);
});

it('one whose process was ready once stays when its profile goes, also over a restart', async () => {
  const { registry, file, stop } = testRegistry();
  registry.start();
  registry.setOnDemand([profiled()]);
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1' }));
  registry.setOnDemand([]);
  expect(registry.list()).toMatchObject([{ id, status: 'online', onDemand: false }]);
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1', state: 'exited' }));
  expect(registry.list()).toMatchObject([{ id, problemCode: 'process-gone' }]);
  await stop();
  const again = testRegistry({ file }).registry;
  again.start();
  expect(again.list()).toMatchObject([{ id, problemCode: 'process-gone' }]);
  again.setOnDemand([profiled()]);
  expect(again.list()).toMatchObject([{ id, problemCode: 'process-on-demand' }]);
});

it('a chat without an endpoint launches the first one where nothing is online', () => {
  const { registry } = testRegistry();
  registry.start();
  registry.setOnDemand([profiled({ processId: 'one' }), profiled({ processId: 'two' })]);
  expect(registry.defaultTarget().endpoint.id).toBe('one');
  registry.setLaunched(launched({ baseUrl: 'http://127.0.0.1:1', processId: 'two' }));
  expect(registry.defaultTarget().endpoint.id).toBe('two');
});
