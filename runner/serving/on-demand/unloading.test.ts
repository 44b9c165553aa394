import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { FakeServers, model, testOnDemand } from './testing/fake-servers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);

/** Servers of which these are loaded. */
function loaded(...ids: string[]): FakeServers {
  const servers = new FakeServers();
  for (const id of ids) servers.set(id, 'ready');
  return servers;
}

describe('an idle model', () => {
  it('is unloaded that long after its last request has ended, and not while one runs', async () => {
    const { onDemand, servers, stateOf } = testOnDemand([model('a', { idleSeconds: 10 })], {
      servers: loaded('a'),
    });
    const leave = onDemand.enter('a');
    await seconds(100);
    leave?.();
    await seconds(9);
    expect(stateOf('a')).toBe('loaded');
    await seconds(1);
    expect([stateOf('a'), servers.done]).toEqual(['unloaded', ['stop a']]);
  });

  it('stays where it is pinned, or where no time is set', async () => {
    const models = [model('a', { idleSeconds: 1, pinned: true }), model('b', { idleSeconds: null })];
    const { onDemand, servers } = testOnDemand(models, { servers: loaded('a', 'b') });
    await seconds(100_000);
    expect(servers.done).toEqual([]);
    expect(onDemand.overview().models).toMatchObject([{ idleUnloadAt: null }, { idleUnloadAt: null }]);
  });

  it('is not idle while its server works for somebody who went past the runner', async () => {
    const { servers } = testOnDemand([model('a', { idleSeconds: 10 })], { servers: loaded('a') });
    servers.busy.set('a', 1);
    await seconds(35);
    expect(servers.done).toEqual([]);
    servers.busy.set('a', 0);
    await seconds(10);
    expect(servers.done).toEqual(['stop a']);
  });

  it('counts what was seen of such work between the looks, too', async () => {
    const { servers } = testOnDemand([model('a', { idleSeconds: 10 })], { servers: loaded('a') });
    await seconds(5);
    servers.setBusy('a', 1);
    servers.setBusy('a', 0);
    await seconds(9);
    expect(servers.done).toEqual([]);
    await seconds(1);
    expect(servers.done).toEqual(['stop a']);
  });

  it('stays for a request that comes between the look at its server and its end', async () => {
    const { onDemand, servers, ask } = testOnDemand([model('a', { idleSeconds: 10 })], {
      servers: loaded('a'),
    });
    const looked = Promise.withResolvers<void>();
    servers.checked = looked.promise;
    await seconds(10);
    expect(onDemand.enter('a')).toBeNull();
    const request = ask('a');
    await settled();
    expect(request.outcome).toBeNull();
    looked.resolve();
    await settled();
    expect([request.outcome, servers.done]).toEqual(['entered', []]);
  });

  it('is loaded again for one that comes while it ends', async () => {
    const { servers, ask, stateOf } = testOnDemand([model('a', { idleSeconds: 10 })], {
      servers: loaded('a'),
    });
    const ended = Promise.withResolvers<void>();
    servers.stopped = ended.promise;
    await seconds(10);
    const request = ask('a');
    await settled();
    expect([stateOf('a'), servers.done]).toEqual(['unloading', ['stop a']]);
    ended.resolve();
    await settled();
    expect(servers.done).toEqual(['stop a', 'launch a']);
    servers.set('a', 'ready');
    await settled();
    expect(request.outcome).toBe('entered');
  });

  it('that a person stops while its server is being looked at is not stopped twice', async () => {
    const { servers } = testOnDemand([model('a', { idleSeconds: 10 })], { servers: loaded('a') });
    const looked = Promise.withResolvers<void>();
    servers.checked = looked.promise;
    await seconds(10);
    servers.set('a', 'exited', true);
    looked.resolve();
    await seconds(10);
    expect(servers.done).toEqual([]);
  });

  it('waits with its end when the setting was changed to more', async () => {
    const { onDemand, servers } = testOnDemand([model('a', { idleSeconds: 10 })], { servers: loaded('a') });
    onDemand.setModels([model('a', { idleSeconds: 20 })]);
    await seconds(19);
    expect(servers.done).toEqual([]);
    await seconds(1);
    expect(servers.done).toEqual(['stop a']);
  });
});
