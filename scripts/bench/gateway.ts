/**
 * Benchmark of the gateway beside the model server itself, nginx, Portkey's gateway and a bare Node proxy, in one run and in turn; each value
 * in a table is the median of its rounds. `node scripts/bench/gateway.ts` (6 minutes; the first time it installs Portkey into the user's cache
 * folder). `--quick`: the bare proxy and ours only, fewer and shorter rounds, 40 s. `--ways=bare,ours`: these only; also nginx, portkey.
 */
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import {
  printIdleFigure,
  printManyStreamsFigures,
  printMostStreamsFigures,
  printOneStreamFigure,
  printWholeFigures,
} from './gateway/figures.ts';
import { measureInTurn, peakOf, startLoadGenerator } from './gateway/rounds.ts';
import type { Run, Shape } from './gateway/rounds.ts';
import { ALL_SHAPES, QUICK_SHAPES } from './gateway/shapes.ts';
import type { Shapes } from './gateway/shapes.ts';
import { compareResponses, startWays, WAY_NAMES } from './gateway/start-ways.ts';
import type { WayName, Ways } from './gateway/start-ways.ts';
import { printStreams, printWhole } from './gateway/summaries.ts';
import type { Summaries } from './gateway/summaries.ts';
import { idleRunnerFigures } from './measuring/idle-runner-figures.ts';
import { megabytes } from './measuring/print-table.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';

const IDLE_MS = 5_000;

function readOptions(): { names: readonly WayName[]; shapes: Shapes } {
  const { values } = parseArgs({
    options: { quick: { type: 'boolean', default: false }, ways: { type: 'string' } },
  });
  const asked = values.ways?.split(',') ?? (values.quick ? ['bare', 'ours'] : WAY_NAMES);
  const names = WAY_NAMES.filter((name) => asked.includes(name));
  if (names.length !== asked.length) throw new Error(`--ways takes names of: ${WAY_NAMES.join(', ')}.`);
  return { names, shapes: values.quick ? QUICK_SHAPES : ALL_SHAPES };
}

interface Bench {
  run: Run;
  ways: Ways;
  shapes: Shapes;
  /** Highest resident memory of ours up to now. */
  peakBytes: number;
}

async function measure(bench: Bench, title: string, shape: Shape): Promise<Summaries> {
  console.log(`\n${title}`);
  const { run, ways } = bench;
  const summaries = await measureInTurn(run, ways.all, shape);
  if (shape.tokens === 0) printWhole(ways, summaries);
  else printStreams(ways, summaries);
  for (const [way, { peakBytes }] of summaries)
    if (way === ways.chosen.get('ours')) bench.peakBytes = Math.max(bench.peakBytes, peakBytes);
  return summaries;
}

async function warmUp({ run, ways, shapes }: Bench): Promise<number> {
  for (const shape of shapes.warmUp) for (const way of ways.chosen.values()) await run(way, shape);
  const ours = ways.chosen.get('ours');
  return ours === undefined ? 0 : peakOf(ours);
}

async function measureWhole(bench: Bench): Promise<void> {
  const { oneWhole, manyWhole } = bench.shapes;
  if (oneWhole !== null) await measure(bench, 'Whole responses, 1 client', oneWhole);
  printWholeFigures(bench.ways, await measure(bench, 'Whole responses, 50 clients', manyWhole));
}

async function measureStreams(bench: Bench): Promise<void> {
  const { ways, shapes } = bench;
  printOneStreamFigure(ways, await measure(bench, '1 stream after the other, 50 tokens/s', shapes.oneStream));
  const title = '50 streams at once, 50 tokens/s each,';
  const inStep = await measure(
    bench,
    `${title} all tokens at one instant, as one llama-server sends them`,
    shapes.streamsInStep,
  );
  printManyStreamsFigures(ways, inStep);
  if (shapes.spreadStreams !== null)
    await measure(bench, `${title} each stream at its own instants`, shapes.spreadStreams);
  const most = await measure(
    bench,
    '500 streams at once, 5 tokens/s each, each stream at its own instants',
    shapes.mostStreams,
  );
  printMostStreamsFigures(ways, most);
}

await withCleanup(async (cleanup) => {
  const startedAt = performance.now();
  const { names, shapes } = readOptions();
  if (names.includes('ours')) printIdleFigure((await idleRunnerFigures(cleanup, IDLE_MS)).residentBytes);
  const ways = await startWays({ cleanup, dir: makeFolder(cleanup), names });
  for (const [name, why] of ways.missing) console.log(`${name}: ${why}`);
  for (const way of ways.all) console.log(`${way.name}: 200, ${await compareResponses(way, ways.direct)}`);
  const bench: Bench = { run: await startLoadGenerator(cleanup), ways, shapes, peakBytes: 0 };
  bench.peakBytes = await warmUp(bench);
  const load = (): string => loadavg()[0]?.toFixed(1) ?? '';
  console.log(
    `Clients, gateway and model server share ${availableParallelism()} cores (load before: ${load()}): ratios count, not absolute figures.`,
  );
  console.log(
    '"added": to the direct way. CPU is the gateway\'s, with the beginning and end of its streams.',
  );
  await measureWhole(bench);
  await measureStreams(bench);
  if (bench.peakBytes > 0)
    console.log(`\nours, resident at peak over the whole run: ${megabytes(bench.peakBytes)}`);
  console.log(`\n${((performance.now() - startedAt) / 1000).toFixed(0)} s, load ${load()}`);
});
