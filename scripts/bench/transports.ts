/**
 * Benchmark of the ways between two machines: HTTP, an SSH tunnel that a runner keeps up, MQTT over Mosquitto; `node scripts/bench/transports.ts`
 * (about two minutes; needs sshd and mosquitto). Everything runs on this machine, so a real network adds its own time. Medians of rounds in turn.
 */
import { availableParallelism, loadavg } from 'node:os';
import { measureInTurn, startLoadGenerator } from './gateway/rounds.ts';
import type { Shape } from './gateway/rounds.ts';
import type { Way } from './gateway/start-ways.ts';
import { addedBy, printStreams } from './gateway/summaries.ts';
import { printTable } from './measuring/print-table.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';
import { startTransports } from './start-transports.ts';

const STREAM = { rampMs: 0, tokens: 20, pace: 'spread 20', rounds: 3 };
const ONE_STREAM: Shape = { ...STREAM, clients: 1, forMs: 3_000 };
const TWENTY_STREAMS: Shape = { ...STREAM, clients: 20, rampMs: 400, forMs: 2_500, tokens: 50 };
const WARM_UP: Shape = { ...TWENTY_STREAMS, rampMs: 0, forMs: 2_000, tokens: 20 };

/** Times to the first token that the documentation of the original API claims. It names no method. */
const CLAIMS: readonly (readonly [string, string])[] = [
  ['direct HTTP', '10–50 ms'],
  ['SSH tunnel', '20–60 ms'],
  ['gateway, MQTT', '50–100 ms'],
];

await withCleanup(async (cleanup) => {
  const all = await startTransports(cleanup, makeFolder(cleanup));
  const [direct] = all;
  if (direct === undefined) throw new Error('No way was started.');
  const compared = { direct, missing: [] };
  const run = await startLoadGenerator(cleanup);
  for (const way of all) await run(way, WARM_UP);
  console.log(
    `All parts share ${availableParallelism()} cores (load before: ${loadavg()[0]?.toFixed(1)}). "added": to direct HTTP.`,
  );

  console.log('\n1 stream after the other, 50 tokens/s');
  const one = await measureInTurn(run, all, ONE_STREAM);
  printStreams(compared, one);
  console.log('\n20 streams at once, 50 tokens/s each');
  printStreams(compared, await measureInTurn(run, all, TWENTY_STREAMS));

  console.log('\nLatency that the original API claims beside what is added here (1 stream, p50)');
  const added = (way: Way): string[] =>
    (['firstP50', 'lagP50'] as const).map((figure) =>
      way === direct ? '-' : `${addedBy(way, compared, one)(figure).toFixed(2)} ms`,
    );
  const rows = CLAIMS.flatMap(([name, claim]) =>
    all.filter((way) => way.name === name).map((way) => [name, claim, ...added(way)]),
  );
  printTable(['way', 'claimed', 'added to the first token', 'added to each token'], rows);
});
