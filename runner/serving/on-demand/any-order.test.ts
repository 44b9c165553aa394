import fc from 'fast-check';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { FakeServers, model, testOnDemand } from './testing/fake-servers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const BUDGET_MB = 100;
const MODELS = [
  model('a', { memoryMb: 60, group: 'g', idleSeconds: 5 }),
  model('b', { memoryMb: 30, group: 'g', idleSeconds: 5 }),
  model('c', { memoryMb: 50, idleSeconds: 5 }),
  model('d', { memoryMb: 40, idleSeconds: null }),
];
const IDS = MODELS.map(({ id }) => id);
const EVENTS = [
  'ask',
  'ask',
  'ask',
  'abort',
  'finish',
  'finish',
  'ready',
  'ready',
  'fail',
  'busy',
  'free',
  'second',
  'stop',
] as const;

type Setup = ReturnType<typeof testOnDemand>;

const settled = (): Promise<unknown> => vi.advanceTimersByTimeAsync(0);

/** What stands in a state in which it takes room. */
function present({ servers }: Setup): string[] {
  return IDS.filter((id) => !['exited', 'failed', undefined].includes(servers.processes.get(id)?.state));
}

/** Whatever the order of things: the room is never overdrawn, and no server goes while it works for somebody. */
function check(setup: Setup, inFlight: (id: string) => number): void {
  const here = present(setup);
  const usedMb = MODELS.filter(({ id }) => here.includes(id)).reduce(
    (sum, { memoryMb }) => sum + (memoryMb ?? 0),
    0,
  );
  expect(usedMb).toBeLessThanOrEqual(BUDGET_MB);
  expect(here.filter((id) => id === 'a' || id === 'b').length).toBeLessThanOrEqual(1);
  for (const { id, inFlight: counted } of setup.onDemand.overview().models)
    expect(counted).toBe(inFlight(id));
}

it('in any order of requests, loads, failures and stops the room is kept to, and in the end everybody has an answer', async () => {
  const steps = fc.array(
    fc.record({ event: fc.constantFrom(...EVENTS), id: fc.constantFrom(...IDS), pick: fc.nat(20) }),
    {
      maxLength: 60,
    },
  );
  await fc.assert(
    fc.asyncProperty(steps, async (order) => {
      const servers = new FakeServers();
      const setup = testOnDemand(MODELS, { servers, budgetMb: BUDGET_MB });
      const requests: { id: string; request: ReturnType<Setup['ask']>; isOver: boolean }[] = [];
      const open = () => requests.filter(({ request, isOver }) => request.outcome === 'entered' && !isOver);
      const finish = (one: (typeof requests)[number] | undefined): void => {
        if (one === undefined) return;
        one.isOver = true;
        one.request.leave();
      };
      const inFlight = (id: string): number => open().filter((one) => one.id === id).length;
      const stopOf = servers.processes.stop;
      servers.processes.stop = (id) => {
        expect(inFlight(id)).toBe(0);
        return stopOf(id);
      };
      for (const { event, id, pick } of order) {
        const state = servers.processes.get(id)?.state;
        if (event === 'ask') requests.push({ id, request: setup.ask(id), isOver: false });
        if (event === 'abort') requests[pick % Math.max(1, requests.length)]?.request.abort();
        if (event === 'finish') finish(open()[pick % Math.max(1, open().length)]);
        if (event === 'ready' && state === 'loading') servers.set(id, 'ready');
        if (event === 'fail' && (state === 'loading' || state === 'ready')) servers.set(id, 'failed');
        if (event === 'stop' && (state === 'loading' || state === 'ready')) servers.set(id, 'exited', true);
        if (event === 'busy') servers.setBusy(id, 1);
        if (event === 'free') servers.setBusy(id, 0);
        await vi.advanceTimersByTimeAsync(event === 'second' ? 1_000 : 0);
        check(setup, inFlight);
      }
      for (const id of IDS) servers.setBusy(id, 0);
      for (
        let round = 0;
        round < 40 && requests.some(({ request }) => request.outcome === null);
        round += 1
      ) {
        for (const id of IDS) if (servers.processes.get(id)?.state === 'loading') servers.set(id, 'ready');
        await settled();
        for (const one of open()) finish(one);
        await vi.advanceTimersByTimeAsync(500);
        check(setup, inFlight);
      }
      expect(requests.filter(({ request }) => request.outcome === null)).toEqual([]);
      for (const one of open()) finish(one);
      await vi.advanceTimersByTimeAsync(10_000);
      expect(present(setup).filter((id) => id !== 'd')).toEqual([]);
      setup.onDemand.stop();
    }),
    { numRuns: 300 },
  );
});
