import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import { loadProblem } from '#contract/load-problem';
import { LaunchFailure } from './ports.ts';
import { FakeServers, model, testOnDemand } from './testing/fake-servers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Until nothing is left to do now. */
const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);

describe('the first request', () => {
  it('launches the model, and all who came meanwhile are let in, in order', async () => {
    const { onDemand, servers, ask, stateOf } = testOnDemand([model('a')]);
    expect(onDemand.enter('a')).toBeNull();
    const requests = [ask('a'), ask('a'), ask('a')];
    await settled();
    expect(servers.done).toEqual(['launch a']);
    expect(requests.map(({ places }) => places)).toEqual([[1], [2], [3]]);
    expect(stateOf('a')).toBe('loading');
    requests[1]?.abort();
    await settled();
    expect(requests.map(({ places }) => places.at(-1))).toEqual([1, 2, 2]);
    servers.set('a', 'ready');
    await settled();
    expect(requests.map(({ outcome }) => outcome)).toEqual([
      'entered',
      expect.objectContaining({ message: 'the client left' }),
      'entered',
    ]);
    expect(onDemand.overview().models).toMatchObject([
      { id: 'a', state: 'loaded', inFlight: 2, waiting: 0, idleUnloadAt: null },
    ]);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is let in when somebody has looked at the server, not before', async () => {
    const { servers, ask, onDemand } = testOnDemand([model('a')]);
    const looked = Promise.withResolvers<void>();
    servers.checked = looked.promise;
    const first = ask('a');
    await settled();
    servers.set('a', 'ready');
    const second = ask('a');
    await settled();
    expect([first.outcome, second.outcome, onDemand.enter('a')]).toEqual([null, null, null]);
    looked.resolve();
    await settled();
    expect([first.outcome, second.outcome]).toEqual(['entered', 'entered']);
  });

  it('of an endpoint that is not launched on demand gets a lease at once', async () => {
    const { onDemand, ask } = testOnDemand([]);
    expect(onDemand.enter('other')).toBeTypeOf('function');
    const request = ask('other');
    await settled();
    expect(request.outcome).toBe('entered');
  });

  it('is not let in by a look at a server that has ended since', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    const looked = Promise.withResolvers<void>();
    servers.checked = looked.promise;
    servers.set('a', 'ready');
    servers.set('a', 'exited');
    await settled();
    servers.checked = new Promise(() => {});
    servers.set('a', 'ready');
    const request = ask('a');
    looked.resolve();
    await settled();
    expect(request.outcome).toBeNull();
  });

  it('waits for a process that a person launched, and does not launch another', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    servers.set('a', 'starting');
    const request = ask('a');
    servers.set('a', 'ready');
    await settled();
    expect([request.outcome, servers.done]).toEqual(['entered', []]);
  });

  it('goes on with what runs already when somebody else was faster', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    servers.launches.set('a', Promise.reject(new LaunchFailure('running', null)));
    const request = ask('a');
    servers.set('a', 'ready');
    await settled();
    expect(request.outcome).toBe('entered');
  });

  it('is refused once too many wait, whatever they wait for', async () => {
    const { ask } = testOnDemand([model('a'), model('b')], { queueLimit: 2 });
    const requests = [ask('a'), ask('b'), ask('a')];
    await settled();
    expect(requests.map(({ outcome }) => outcome)).toEqual([
      null,
      null,
      expect.objectContaining({ code: 'queue_full', retryAfterMs: 5_000 }),
    ]);
  });
});

describe('a load that nobody waits for any more', () => {
  it('is given up, also while it is only being launched, and begun anew for the next request', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    const launched = Promise.withResolvers<void>();
    servers.launches.set('a', launched.promise);
    const first = ask('a');
    await settled();
    first.abort();
    const second = ask('a');
    await settled();
    expect(servers.done).toEqual(['launch a', 'stop a']);
    launched.resolve();
    await settled();
    expect(servers.done).toEqual(['launch a', 'stop a', 'launch a']);
    second.abort();
    await settled();
    expect(servers.done.at(-1)).toBe('stop a');
    expect(servers.processes.get('a')?.state).toBe('exited');
  });

  it('does not take those with it who come while it ends', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    servers.launchedAs = 'starting';
    const first = ask('a');
    await settled();
    first.abort();
    const second = ask('a');
    await settled();
    expect([second.outcome, servers.done]).toEqual([null, ['launch a', 'stop a', 'launch a']]);
  });

  it('goes on while another waits, and where a person began it', async () => {
    const { servers, ask, stateOf } = testOnDemand([model('a'), model('b')]);
    servers.set('b', 'loading');
    const requests = [ask('a'), ask('a'), ask('b')];
    await settled();
    requests[0]?.abort();
    requests[2]?.abort();
    await settled();
    expect(servers.done).toEqual(['launch a']);
    servers.set('b', 'ready');
    await settled();
    expect(stateOf('b')).toBe('loaded');
  });

  it('goes on when it takes too long for those who wait', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    const request = ask('a');
    await seconds(15 * 60);
    expect(request.outcome).toMatchObject({ code: 'load_timeout' });
    expect(servers.done).toEqual(['launch a']);
    servers.set('a', 'ready');
    const next = ask('a');
    await settled();
    expect(next.outcome).toBe('entered');
  });
});

describe('a load that fails', () => {
  it('is told with its reason, and keeps the next requests away for longer each time', async () => {
    const { onDemand, servers, ask } = testOnDemand([model('a')]);
    for (const waitMs of [10_000, 20_000, 40_000, 80_000, 160_000, 300_000, 300_000]) {
      const first = ask('a');
      await settled();
      servers.set('a', 'failed');
      await settled();
      const message = 'The model "A" could not be loaded. Memory ran out.';
      expect(first.outcome).toMatchObject({ code: 'load_failed', message, retryAfterMs: waitMs });
      await vi.advanceTimersByTimeAsync(waitMs - 1);
      const refused = ask('a');
      await settled();
      expect(refused.outcome).toMatchObject({ code: 'load_failed', message, retryAfterMs: 1 });
      await vi.advanceTimersByTimeAsync(1);
    }
    expect(onDemand.overview().models[0]?.problem).toBe('Memory ran out.');
    const last = ask('a');
    await settled();
    servers.set('a', 'ready');
    await settled();
    expect([last.outcome, onDemand.overview().models[0]?.problem]).toEqual(['entered', null]);
    last.leave();
    servers.set('a', 'failed');
    const afterCrash = ask('a');
    await settled();
    servers.set('a', 'failed');
    await settled();
    expect(afterCrash.outcome).toMatchObject({ retryAfterMs: 10_000 });
  });

  it('does so as well where it cannot even be launched', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    const launched = Promise.withResolvers<void>();
    servers.launches.set('a', launched.promise);
    const first = ask('a');
    await settled();
    servers.set('a', 'starting');
    servers.set('a', 'failed');
    launched.reject(new LaunchFailure('failed', loadProblem('load-file-missing')));
    await settled();
    const second = ask('a');
    await settled();
    const told = {
      code: 'load_failed',
      message: expect.stringContaining('its projector, is not there.'),
      retryAfterMs: 10_000,
    };
    expect([first.outcome, second.outcome]).toMatchObject([told, told]);
    expect(servers.done).toEqual(['launch a']);
  });

  it('counts as failed when the server ends as soon as it is ready', async () => {
    const { servers, ask } = testOnDemand([model('a')]);
    servers.checked = new Promise(() => {});
    const request = ask('a');
    await settled();
    servers.set('a', 'ready');
    servers.set('a', 'exited');
    await settled();
    expect(request.outcome).toMatchObject({ code: 'load_failed' });
  });

  it('does not keep requests from a process that a person launched, nor from a profile that was mended', async () => {
    const { onDemand, servers, ask } = testOnDemand([model('a'), model('b')]);
    for (const id of ['a', 'b']) {
      ask(id);
      await settled();
      servers.set(id, 'failed');
      await settled();
    }
    servers.set('a', 'loading');
    onDemand.setModels([model('a'), model('b', { version: '2' })]);
    const requests = [ask('a'), ask('b')];
    await settled();
    for (const id of ['a', 'b']) servers.set(id, 'ready');
    await settled();
    expect(requests.map(({ outcome }) => outcome)).toEqual(['entered', 'entered']);
  });

  it('because a person stopped it is told, and the next request may try at once', async () => {
    const { servers, ask } = testOnDemand([model('a'), model('b')]);
    const stopped = ask('a');
    await settled();
    servers.set('a', 'stopping');
    const after = ask('a');
    await settled();
    servers.set('a', 'exited', true);
    await settled();
    expect(stopped.outcome).toMatchObject({
      code: 'load_failed',
      message: expect.stringContaining('was stopped'),
      retryAfterMs: null,
    });
    expect([after.outcome, servers.done]).toEqual([null, ['launch a', 'launch a']]);
    servers.launches.set('b', Promise.reject(new LaunchFailure('stopped', null)));
    const cancelled = ask('b');
    await settled();
    expect(cancelled.outcome).toMatchObject({
      code: 'load_failed',
      message: expect.stringContaining('was stopped'),
    });
  });
});

it('after a crash the next request launches it again', async () => {
  const { servers, ask } = testOnDemand([model('a')]);
  servers.set('a', 'ready');
  await settled();
  servers.set('a', 'failed');
  ask('a');
  await settled();
  expect(servers.done).toEqual(['launch a']);
});

it('what ran before counts as loaded, and as used at the start', async () => {
  const servers = new FakeServers();
  servers.set('a', 'ready');
  const { onDemand } = testOnDemand([model('a', { idleSeconds: 10 })], { servers });
  expect(onDemand.overview().models).toMatchObject([
    { state: 'loaded', idleUnloadAt: new Date(Date.now() + 10_000).toISOString(), profileName: 'Profile a' },
  ]);
  await seconds(9);
  onDemand.enter('a')?.();
  await seconds(9);
  expect(servers.done).toEqual([]);
  await seconds(1);
  expect(servers.done).toEqual(['stop a']);
});

it('at the end of the runner those who wait are told, and nothing is stopped', async () => {
  const { onDemand, servers, ask } = testOnDemand([model('a')]);
  const request = ask('a');
  await settled();
  onDemand.stop();
  await settled();
  const late = ask('a');
  await settled();
  expect([request.outcome, late.outcome]).toMatchObject([
    { code: 'shutting_down' },
    { code: 'shutting_down' },
  ]);
  expect(servers.done).toEqual(['launch a']);
});

it('a profile that is no more sends away those who wait for it', async () => {
  const { onDemand, servers, ask } = testOnDemand([model('a')]);
  const request = ask('a');
  await settled();
  onDemand.setModels([]);
  await settled();
  expect(request.outcome).toMatchObject({
    code: 'load_failed',
    message: expect.stringContaining('profile'),
  });
  expect(servers.done).toEqual(['launch a', 'stop a']);
  expect(onDemand.overview().models).toEqual([]);
});

describe('a profile that was removed while its server is loaded', () => {
  const twoInRoom = (rest: Record<string, unknown> = {}) => {
    const servers = new FakeServers();
    servers.set('a', 'ready');
    const test = testOnDemand([model('a', { memoryMb: 80, ...rest })], { servers, budgetMb: 100 });
    test.onDemand.setModels([model('b', { memoryMb: 80 })]);
    return test;
  };

  it('holds its room until that is wanted, and then gives it up, though it was pinned: nobody could unpin it', async () => {
    const { onDemand, servers, ask } = twoInRoom({ pinned: true });
    expect(onDemand.overview()).toMatchObject({
      usedMb: 80,
      models: [{ id: 'a', state: 'loaded', pinned: false }, { id: 'b' }],
    });
    const leave = onDemand.enter('a');
    expect(leave).not.toBeNull();
    const request = ask('b');
    await settled();
    expect(servers.done).toEqual([]);
    expect(onDemand.enter('a')).toBeNull();
    leave?.();
    await settled();
    servers.set('b', 'ready');
    await settled();
    expect([servers.done, request.outcome]).toEqual([['stop a', 'launch b'], 'entered']);
    expect(onDemand.overview()).toMatchObject({ usedMb: 80, models: [{ id: 'b' }] });
  });

  it('is unloaded when it is idle, by its old settings, and is nobody’s model then', async () => {
    const { onDemand, servers } = twoInRoom({ idleSeconds: 10 });
    await seconds(9);
    expect(servers.done).toEqual([]);
    await seconds(1);
    expect(servers.done).toEqual(['stop a']);
    expect(onDemand.overview()).toMatchObject({ usedMb: 0, models: [{ id: 'b' }] });
    expect(onDemand.enter('a')).not.toBeNull();
  });

  it('sends away who would have it loaded, and is a model again when its profile is back', async () => {
    const { onDemand, servers, ask } = twoInRoom();
    onDemand.enter('a');
    ask('b');
    await settled();
    const refused = ask('a');
    await settled();
    expect(refused.outcome).toMatchObject({
      code: 'load_failed',
      message: expect.stringContaining('profile'),
    });
    onDemand.setModels([model('a', { idleSeconds: null, pinned: true })]);
    const request = ask('a');
    await settled();
    expect([servers.done, request.outcome]).toEqual([[], 'entered']);
  });

  it('stays as it is where its profile only is launched on demand no more', async () => {
    const servers = new FakeServers();
    servers.set('a', 'ready');
    const { onDemand } = testOnDemand([model('a', { idleSeconds: 10 })], { servers });
    onDemand.setModels([], new Set(['a']));
    expect(onDemand.overview().models).toEqual([]);
    await seconds(60);
    expect(servers.done).toEqual([]);
  });
});
