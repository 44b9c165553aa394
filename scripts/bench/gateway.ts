/**
 * Benchmark of the gateway beside the model server itself, nginx and Portkey's gateway, in one run and in turn: `node scripts/bench/gateway.ts`
 * (at most 5 minutes; the first time it installs Portkey into the user's cache folder). Rounds in rotating order; each figure is their median.
 */
import { availableParallelism, loadavg } from 'node:os';
import { withEndings, withFolder } from './bench-tools.ts';
import { addedBy, printFigure, printStreams, printWhole } from './gateway-report.ts';
import { inTurn, startClients } from './gateway-rounds.ts';
import type { Run, Shape } from './gateway-rounds.ts';
import { compareAnswers, startWays } from './gateway-ways.ts';
import type { Ways } from './gateway-ways.ts';

const WHOLE = { rampMs: 0, tokens: 0, pace: '', rounds: 3 };
const ONE_WHOLE: Shape = { ...WHOLE, clients: 1, forMs: 1_000 };
const MANY_WHOLE: Shape = { ...WHOLE, clients: 50, forMs: 2_500 };
/** Short ones: the first token is what counts. */
const ONE_STREAM: Shape = { clients: 1, rampMs: 0, forMs: 2_000, tokens: 4, pace: 'batch 20', rounds: 3 };
/** Two streams for each client. */
const MANY_STREAMS: Shape = { clients: 50, rampMs: 1_400, forMs: 2_700, tokens: 70, pace: 'batch 20', rounds: 3 };
const SPREAD_STREAMS: Shape = { ...MANY_STREAMS, pace: 'spread 20', rounds: 2 };
/** One stream for each client. */
const MOST_STREAMS: Shape = { clients: 500, rampMs: 2_000, forMs: 5_800, tokens: 30, pace: 'spread 200', rounds: 2 };
const WARM_UP: readonly Shape[] = [
  { ...MANY_WHOLE, forMs: 6_000 },
  { ...MANY_STREAMS, rampMs: 0, forMs: 1_500, tokens: 25 },
];

async function wholeAnswers(run: Run, ways: Ways): Promise<void> {
  console.log('\nWhole answers, 1 client');
  printWhole(ways, await inTurn(run, ways.all, ONE_WHOLE));
  console.log('\nWhole answers, 50 clients');
  const many = await inTurn(run, ways.all, MANY_WHOLE);
  printWhole(ways, many);
  const { portkey, ours } = ways;
  if (portkey === null) return;
  const ratio = (many.get(ours)?.perSecond ?? NaN) / (many.get(portkey)?.perSecond ?? NaN);
  printFigure("at least 3 times Portkey's requests/s", `${ratio.toFixed(2)} times`, ratio >= 3);
}

async function streams(run: Run, ways: Ways): Promise<void> {
  console.log('\n1 stream after the other, 50 tokens/s');
  const one = await inTurn(run, ways.all, ONE_STREAM);
  printStreams(ways, one);
  const first = addedBy(ways.ours, ways, one)('firstP50');
  printFigure('at most 1 ms added to the first token', `${first.toFixed(2)} ms`, first <= 1);

  for (const [shape, how] of [
    [MANY_STREAMS, "all streams' tokens at one instant, as one llama-server sends them"],
    [SPREAD_STREAMS, 'each stream at its own instants'],
  ] as const) {
    console.log(`\n50 streams at once, 50 tokens/s each, ${how}`);
    const many = await inTurn(run, ways.all, shape);
    printStreams(ways, many);
    const added = addedBy(ways.ours, ways, many)('lagP50');
    const cpu = many.get(ways.ours)?.cpuPerToken ?? NaN;
    printFigure('at most 2 ms added per token (p50)', `${added.toFixed(2)} ms`, added <= 2);
    printFigure('at most 120 µs CPU per token', `${cpu.toFixed(0)} µs`, cpu <= 120);
  }

  console.log('\n500 streams at once, 5 tokens/s each, each stream at its own instants');
  printStreams(ways, await inTurn(run, ways.all, MOST_STREAMS));
}

await withEndings(async (endings) =>
  withFolder(async (dir) => {
    const startedAt = performance.now();
    const ways = await startWays(endings, dir);
    for (const [name, why] of ways.missing) console.log(`${name}: ${why}`);
    for (const way of ways.all) console.log(`${way.name}: 200, ${await compareAnswers(way, ways.direct)}`);
    const run = await startClients(endings);
    // What a program compiles while it runs for the first seconds is no part of the figures.
    for (const shape of WARM_UP) for (const way of ways.all) await run(way, shape);
    const [load = 0] = loadavg();
    console.log(
      `Clients, gateway and model server share ${availableParallelism()} cores (load before: ${load.toFixed(1)}): ratios count, not absolute figures.`,
    );
    console.log('"added": to the direct way. CPU is that of the gateway, with the beginning and end of its streams.');
    await wholeAnswers(run, ways);
    await streams(run, ways);
    console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s, load ${loadavg()[0]?.toFixed(1)}`);
    // Before the folder is removed.
    await endings.disposeAsync();
  }),
);
