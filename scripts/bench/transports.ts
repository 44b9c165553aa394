/**
 * Benchmark of the ways between two machines: HTTP, an SSH tunnel that a runner keeps up, MQTT over Mosquitto; `node scripts/bench/transports.ts`
 * (about two minutes; needs sshd and mosquitto). All on this machine, so a network's own time comes on top. Medians of rounds in turn.
 */
import { availableParallelism, loadavg } from 'node:os';
import { printTable, withEndings, withFolder } from './bench-tools.ts';
import { addedBy, printStreams } from './gateway-report.ts';
import { inTurn, startClients } from './gateway-rounds.ts';
import type { Shape } from './gateway-rounds.ts';
import type { Way } from './gateway-ways.ts';
import { startTransports } from './transports-ways.ts';

const STREAM = { rampMs: 0, tokens: 20, pace: 'spread 20', rounds: 3 };
const ONE_STREAM: Shape = { ...STREAM, clients: 1, forMs: 3_000 };
const TWENTY_STREAMS: Shape = { ...STREAM, clients: 20, rampMs: 400, forMs: 2_500, tokens: 50 };
const WARM_UP: Shape = { ...TWENTY_STREAMS, rampMs: 0, forMs: 2_000, tokens: 20 };

/** Time to the first token as the product was asked for. They came without a method. */
const CLAIMS: readonly (readonly [string, string])[] = [
  ['direct HTTP', '10–50 ms'],
  ['SSH tunnel', '20–60 ms'],
  ['gateway, MQTT', '50–100 ms'],
];

await withEndings(async (endings) =>
  withFolder(async (dir) => {
    const all = await startTransports(endings, dir);
    const [direct] = all;
    if (direct === undefined) throw new Error('there is no way');
    const compared = { direct, missing: [] };
    const run = await startClients(endings);
    for (const way of all) await run(way, WARM_UP);
    console.log(`All parts share ${availableParallelism()} cores (load before: ${loadavg()[0]?.toFixed(1)}). "added": to direct HTTP.`);

    console.log('\n1 stream after the other, 50 tokens/s');
    const one = await inTurn(run, all, ONE_STREAM);
    printStreams(compared, one);
    console.log('\n20 streams at once, 50 tokens/s each');
    printStreams(compared, await inTurn(run, all, TWENTY_STREAMS));

    console.log("\nThe seeds' claims of latency beside what is added here (1 stream, p50)");
    const added = (way: Way): string[] =>
      (['firstP50', 'lagP50'] as const).map((figure) => (way === direct ? '-' : `${addedBy(way, compared, one)(figure).toFixed(2)} ms`));
    const rows = CLAIMS.flatMap(([name, claim]) => all.filter((way) => way.name === name).map((way) => [name, claim, ...added(way)]));
    printTable(['way', 'claimed', 'added to the first token', 'added to each token'], rows);
    await endings.disposeAsync();
  }),
);
