import { expect, it, onTestFinished } from 'vitest';
import { waitUntil } from '../../testing/wait-until.ts';
import { ProbeSchedule } from './probe-schedule.ts';

/** Each round lasts until the test ends it. */
function heldSchedule() {
  const rounds: { id: string; isFresh: boolean; signal: AbortSignal; end: (delayMs: number) => void }[] = [];
  const schedule = new ProbeSchedule((id, round) => {
    const { promise, resolve } = Promise.withResolvers<number>();
    rounds.push({ id, ...round, end: resolve });
    return promise;
  });
  onTestFinished(() => {
    for (const round of rounds) round.end(0);
    return schedule.stop();
  });
  const round = (number: number) => waitUntil(`round ${number}`, () => rounds[number]);
  return { schedule, rounds, round };
}

it('asks one round at a time: those who ask meanwhile share the next one', async () => {
  const { schedule, rounds, round } = heldSchedule();
  const first = schedule.watch('a');
  const pings = [schedule.now('a'), schedule.now('a'), schedule.now('a')];
  await schedule.now('unknown');
  expect(rounds).toHaveLength(1);
  rounds[0]?.end(0);
  await first;
  const second = await round(1);
  expect(rounds).toHaveLength(2);
  second.end(600_000);
  await Promise.all(pings);
  expect(rounds.map(({ isFresh }) => isFresh)).toEqual([true, true]);
});

it('goes on after the delay that a round calls for, not afresh', async () => {
  const { schedule, round } = heldSchedule();
  void schedule.watch('a');
  (await round(0)).end(1);
  expect(await round(1)).toMatchObject({ id: 'a', isFresh: false });
});

it('what is not watched any more is cut short and not asked again, nor by those who wait', async () => {
  const { schedule, rounds } = heldSchedule();
  void schedule.watch('a');
  const ping = schedule.now('a');
  schedule.unwatch('a');
  expect(rounds[0]?.signal.aborted).toBe(true);
  rounds[0]?.end(0);
  await ping;
  await schedule.stop();
  expect(rounds).toHaveLength(1);
});
