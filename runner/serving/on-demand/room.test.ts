import { beforeEach, afterEach, describe, expect, it, vi } from 'vitest';
import type { OnDemandModel } from './ports.ts';
import { FakeServers, model, testOnDemand } from './testing/fake-servers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);
const seconds = (count: number): Promise<unknown> => vi.advanceTimersByTimeAsync(count * 1000);
const group = (name: string, ...ids: string[]): OnDemandModel[] =>
  ids.map((id) => model(id, { group: name }));

function withLoaded(
  ids: readonly string[],
  models: readonly OnDemandModel[],
  budgetMb: number | null = null,
) {
  const servers = new FakeServers();
  for (const id of ids) servers.set(id, 'ready');
  return testOnDemand(models, { servers, budgetMb });
}

describe('a group', () => {
  it('has one model loaded at a time: the idle one goes first', async () => {
    const { servers, ask, stateOf } = withLoaded(['a'], group('g', 'a', 'b'));
    const ended = Promise.withResolvers<void>();
    servers.stopped = ended.promise;
    ask('b');
    await settled();
    expect(servers.done).toEqual(['stop a']);
    ended.resolve();
    await settled();
    expect([servers.done, stateOf('a'), stateOf('b')]).toEqual([
      ['stop a', 'launch b'],
      'unloaded',
      'loading',
    ]);
  });

  it('lets a busy one finish, while whoever comes for it waits: nobody starves', async () => {
    const { onDemand, servers, ask } = withLoaded(['a'], group('g', 'a', 'b'));
    const leaveFirst = onDemand.enter('a');
    const leaveSecond = onDemand.enter('a');
    const swap = ask('b');
    await settled();
    expect(onDemand.enter('a')).toBeNull();
    const late = ask('a');
    leaveFirst?.();
    await settled();
    expect([servers.done, late.outcome]).toEqual([[], null]);
    leaveSecond?.();
    await settled();
    expect(servers.done).toEqual(['stop a', 'launch b']);
    servers.set('b', 'ready');
    await settled();
    expect([swap.outcome, late.outcome, onDemand.enter('b')]).toEqual(['entered', null, null]);
    swap.leave();
    await settled();
    expect(servers.done).toEqual(['stop a', 'launch b', 'stop b', 'launch a']);
    servers.set('a', 'ready');
    await settled();
    expect(late.outcome).toBe('entered');
  });

  it('serves the models in the order in which their first requests came', async () => {
    const { servers, ask } = withLoaded([], group('g', 'a', 'b', 'c'));
    const requests = [ask('a'), ask('c'), ask('b'), ask('a')];
    for (const id of ['a', 'c', 'b']) {
      await settled();
      servers.set(id, 'ready');
      await settled();
      for (const request of requests) request.leave();
    }
    expect(servers.done).toEqual(['launch a', 'stop a', 'launch c', 'stop c', 'launch b']);
    expect(requests.map(({ outcome }) => outcome)).toEqual(['entered', 'entered', 'entered', 'entered']);
  });

  it('gives a draining one back to its requests when the other is not wanted any more', async () => {
    const { onDemand, servers, ask } = withLoaded(['a'], group('g', 'a', 'b'));
    onDemand.enter('a');
    const swap = ask('b');
    const late = ask('a');
    await settled();
    swap.abort();
    await settled();
    expect([late.outcome, servers.done]).toEqual(['entered', []]);
  });

  it('asks a server that is busy past the runner again and again, and swaps when it is not', async () => {
    const { servers, ask } = withLoaded(['a'], group('g', 'a', 'b'));
    servers.busy.set('a', 1);
    ask('b');
    await seconds(7);
    expect(servers.done).toEqual([]);
    servers.busy.set('a', 0);
    await seconds(2);
    expect(servers.done).toEqual(['stop a', 'launch b']);
  });

  it('says at once that a pinned one holds its place', async () => {
    const { servers, ask } = withLoaded(
      ['a'],
      [model('a', { group: 'g', pinned: true }), model('b', { group: 'g' })],
    );
    const request = ask('b');
    await settled();
    expect(request.outcome).toMatchObject({
      code: 'no_memory',
      message: expect.stringMatching(/"B" .*"A" of the same group "g" is pinned/),
    });
    expect(servers.done).toEqual([]);
  });

  it('does not wait for what another group waits for', async () => {
    const { onDemand, servers, ask } = withLoaded(
      ['a', 'c'],
      [...group('g', 'a', 'b'), ...group('h', 'c', 'd')],
    );
    onDemand.enter('a');
    ask('b');
    ask('d');
    await settled();
    expect(servers.done).toEqual(['stop c', 'launch d']);
  });
});

describe('the memory', () => {
  it('is shared by what fits; then the one goes that was not used for longest', async () => {
    const models = ['a', 'b', 'c'].map((id) => model(id, { memoryMb: 40 }));
    const { onDemand, servers, ask } = withLoaded(['a', 'b'], models, 100);
    await seconds(1);
    onDemand.enter('a')?.();
    expect(onDemand.overview()).toMatchObject({ budgetMb: 100, usedMb: 80 });
    ask('c');
    await settled();
    expect(servers.done).toEqual(['stop b', 'launch c']);
    expect(onDemand.overview().usedMb).toBe(80);
  });

  it('is taken from an idle one, though a busy one was not used for longer', async () => {
    const models = ['a', 'b', 'c'].map((id) => model(id, { memoryMb: 40 }));
    const { onDemand, servers, ask } = withLoaded(['a', 'b'], models, 100);
    onDemand.enter('a');
    await seconds(1);
    onDemand.enter('b')?.();
    ask('c');
    await settled();
    expect(servers.done).toEqual(['stop b', 'launch c']);
  });

  it('counts what is still loading, and two loads that came at once do not both take it', async () => {
    const models = ['a', 'b'].map((id) => model(id, { memoryMb: 60 }));
    const { servers, ask } = withLoaded([], models, 100);
    const first = ask('a');
    const second = ask('b');
    await settled();
    expect(servers.done).toEqual(['launch a']);
    servers.set('a', 'ready');
    await settled();
    expect([first.outcome, second.outcome]).toEqual(['entered', null]);
    first.leave();
    await settled();
    expect(servers.done).toEqual(['launch a', 'stop a', 'launch b']);
  });

  it('that a large model waits for is not given to small ones that came later, what it leaves them is', async () => {
    const models = [
      model('busy', { memoryMb: 100 }),
      model('large', { memoryMb: 80 }),
      model('small', { memoryMb: 30 }),
      model('tiny', { memoryMb: 20 }),
    ];
    const { onDemand, servers, ask } = withLoaded(['busy'], models, 150);
    const leave = onDemand.enter('busy');
    ask('large');
    ask('small');
    await settled();
    expect(servers.done).toEqual([]);
    leave?.();
    await settled();
    expect(servers.done).toEqual(['stop busy', 'launch large', 'launch small']);
    ask('tiny');
    await settled();
    expect(servers.done.at(-1)).toBe('launch tiny');
  });

  it('that will be left over when a busy one is gone is waited for: no other has to go for it', async () => {
    const models = [
      model('busy', { memoryMb: 60, group: 'g' }),
      model('rival', { memoryMb: 20, group: 'g' }),
      model('idle', { memoryMb: 40 }),
      model('small', { memoryMb: 20 }),
    ];
    const { onDemand, servers, ask } = withLoaded(['busy', 'idle'], models, 100);
    const leave = onDemand.enter('busy');
    ask('rival');
    ask('small');
    await settled();
    expect(servers.done).toEqual([]);
    leave?.();
    await settled();
    expect(servers.done).toEqual(['stop busy', 'launch rival', 'launch small']);
  });

  it('that a model can never have is refused at once, with who holds it and what to change', async () => {
    const models = [
      model('a', { memoryMb: 60, pinned: true }),
      model('b', { memoryMb: 50 }),
      model('c', { memoryMb: 200 }),
    ];
    const { servers, ask } = withLoaded(['a'], models, 100);
    const requests = [ask('b'), ask('c')];
    await settled();
    const told = (message: RegExp): object => ({
      code: 'no_memory',
      message: expect.stringMatching(message),
      retryAfterMs: null,
    });
    expect(requests.map(({ outcome }) => outcome)).toMatchObject([
      told(/50 MB.*MODEL_MEMORY_MB \(100 MB\): "A" \(60 MB\)/),
      told(/200 MB, more than/),
    ]);
    expect(servers.done).toEqual([]);
  });

  it('of a model whose size nobody knows is no matter', async () => {
    const { servers, ask } = withLoaded(['a'], [model('a', { memoryMb: 100 }), model('b')], 100);
    ask('b');
    await settled();
    expect(servers.done).toEqual(['launch b']);
  });
});
