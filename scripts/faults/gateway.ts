/**
 * Fault run of the gateway: a real runner, 40 clients, and upstreams that fail in every known way. `node scripts/faults/gateway.ts` (at most
 * 2 minutes). Exits with 1 where a request was lost, sent to an upstream after another had begun to answer, or ended with the wrong error.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { startGatewayRunner } from '../bench/gateway/start-gateway-runner.ts';
import type { GatewayRunner } from '../bench/gateway/start-gateway-runner.ts';
import { printTable } from '../bench/measuring/print-table.ts';
import { makeFolder, withCleanup } from '../bench/measuring/with-cleanup.ts';
import { waitUntil } from '../../runner/testing/wait-until.ts';
import { Clients } from './gateway-clients.ts';
import type { Outcome } from './gateway-clients.ts';
import { FAULTS } from './gateway-faults.ts';
import { FaultyUpstream, Ledger } from './gateway-upstreams.ts';

const CLIENTS = 40;
const REQUESTS_PER_FAULT = 200;
const MIXED_REQUESTS = 1_000;
/** Of the runner, in seconds. */
const LLM_TIMEOUT = '2';
const DOWN_MS = 2_000;
/** The gateway's own errors where no upstream can answer. */
const NO_UPSTREAM = ['502 upstream_error', '503 no_upstream'];

const head = [
  'fault',
  'requests',
  'answered',
  'retried',
  'faults met',
  'lost',
  'sent twice',
  'wrong',
  'back after',
  'errors',
];
const rows: string[][] = [];
let violations = 0;
let models = 0;

interface Scenario {
  name: string;
  upstreams: readonly FaultyUpstream[];
  ledger: Ledger;
  /** Errors that clients may receive. */
  allowed: readonly string[];
  /** Each fault must reach one client; none is hidden by another upstream's answer. */
  isEachVisible?: boolean;
}

/** Starts the upstreams and puts them behind one model name; resolves with clients that request it. */
async function clientsOf(
  runner: GatewayRunner,
  { upstreams, ledger }: Pick<Scenario, 'upstreams' | 'ledger'>,
): Promise<Clients> {
  models += 1;
  const model = `model-${models}`;
  const ids: string[] = [];
  for (const upstream of upstreams) {
    await upstream.start();
    ids.push(await runner.addEndpoint(`${model}-${ids.length}`, upstream.url));
  }
  await runner.addRoute(model, ids);
  const { url, headers } = runner;
  return new Clients({ url, headers, model, ledger }, CLIENTS);
}

async function report(
  { name, upstreams, ledger, allowed, isEachVisible = false }: Scenario,
  outcomes: readonly Outcome[],
  backAfter = '',
): Promise<void> {
  const counts = new Map<string, number>();
  for (const { what } of outcomes) counts.set(what, (counts.get(what) ?? 0) + 1);
  const answered = counts.get('ok') ?? 0;
  const lost = counts.get('lost') ?? 0;
  const errors = [...counts].filter(([what]) => what !== 'ok' && what !== 'lost');
  const retried = outcomes.filter(({ isRetried }) => isRetried).length;
  const met = upstreams.reduce((sum, { faults }) => sum + faults, 0);
  const hidden = isEachVisible ? Math.abs(met - (outcomes.length - answered)) : 0;
  const wrong =
    hidden + errors.filter(([what]) => !allowed.includes(what)).reduce((sum, [, count]) => sum + count, 0);
  violations += lost + wrong + ledger.sentTwice;
  const words = errors.map(([what, count]) => `${count} × ${what}`).join(', ');
  const counted = [outcomes.length, answered, retried, met, lost, ledger.sentTwice, wrong];
  rows.push([name, ...counted.map(String), backAfter, words]);
  await Promise.all(upstreams.map(async (upstream) => upstream.stop()));
}

/** One upstream that always fails, one that fails every third request, so that no cooldown keeps it away, and a good one. */
async function everyFault(runner: GatewayRunner): Promise<void> {
  for (const { name, act, allowed } of FAULTS) {
    const ledger = new Ledger();
    const faulty = [
      new FaultyUpstream(ledger, { fault: act }),
      new FaultyUpstream(ledger, { fault: act, every: 3 }),
    ];
    const upstreams = [...faulty, new FaultyUpstream(ledger)];
    const clients = await clientsOf(runner, { upstreams, ledger });
    if (act === null) for (const upstream of faulty) await upstream.stop();
    let sent = 0;
    await clients.run(() => (sent += 1) > REQUESTS_PER_FAULT);
    await report({ name, upstreams, ledger, allowed, isEachVisible: allowed.length > 0 }, clients.outcomes);
  }
}

async function allFaultsAtOnce(runner: GatewayRunner): Promise<void> {
  const ledger = new Ledger();
  const upstreams = FAULTS.map(({ act }) => new FaultyUpstream(ledger, { fault: act }));
  upstreams.push(new FaultyUpstream(ledger), new FaultyUpstream(ledger));
  const clients = await clientsOf(runner, { upstreams, ledger });
  let sent = 0;
  await clients.run(() => (sent += 1) > MIXED_REQUESTS);
  // Where three retriable faults follow one another, the client receives the error of the last one.
  const retried = [
    '503 no_slot',
    '503 model_loading',
    '429 rate_limit',
    '403 forbidden',
    '502 upstream_unauthorized',
  ];
  const allowed = [...NO_UPSTREAM, ...FAULTS.flatMap((fault) => fault.allowed), ...retried];
  await report({ name: 'all of them, and 2 good ones', upstreams, ledger, allowed }, clients.outcomes);
}

/** Under load `kill` upstreams are killed; they come back a while later. */
async function killed(
  runner: GatewayRunner,
  { name, kill, keep }: { name: string; kill: number; keep: number },
): Promise<void> {
  const ledger = new Ledger();
  const upstreams = Array.from({ length: kill + keep }, () => new FaultyUpstream(ledger));
  const clients = await clientsOf(runner, { upstreams, ledger });
  let isOver = false;
  const running = clients.run(() => isOver, 20);
  const victims = upstreams.slice(0, kill);
  await waitUntil('every upstream to answer', () => victims.every(({ answers }) => answers > 10));
  for (const victim of victims) await victim.stop();
  await pause(DOWN_MS);
  const before = victims.map(({ answers }) => answers);
  for (const victim of victims) await victim.start();
  const startedAt = performance.now();
  await waitUntil('all upstreams to receive requests again', () =>
    victims.every(({ answers }, index) => answers > (before[index] ?? 0)),
  );
  const backAfter = `${((performance.now() - startedAt) / 1000).toFixed(1)} s`;
  isOver = true;
  await running;
  const allowed = ['200 upstream_error', '200 cut', ...(keep === 0 ? NO_UPSTREAM : [])];
  await report({ name, upstreams, ledger, allowed }, clients.outcomes, backAfter);
}

async function allDown(runner: GatewayRunner): Promise<void> {
  const ledger = new Ledger();
  const upstreams = [new FaultyUpstream(ledger), new FaultyUpstream(ledger), new FaultyUpstream(ledger)];
  const clients = await clientsOf(runner, { upstreams, ledger });
  for (const upstream of upstreams) await upstream.stop();
  let sent = 0;
  await clients.run(() => (sent += 1) > REQUESTS_PER_FAULT);
  await report({ name: 'all upstreams down', upstreams, ledger, allowed: NO_UPSTREAM }, clients.outcomes);
}

async function liveRequests({ restUrl }: GatewayRunner): Promise<number> {
  const response = await fetch(`${restUrl}/api/gateway/live`);
  return ((await response.json()) as { requests: unknown[] }).requests.length;
}

await withCleanup(async (cleanup) => {
  const startedAt = performance.now();
  const runner = await startGatewayRunner(cleanup, { dir: makeFolder(cleanup), env: { LLM_TIMEOUT } });
  await everyFault(runner);
  await allFaultsAtOnce(runner);
  await allDown(runner);
  await killed(runner, { name: '1 of 2 is killed and comes back', kill: 1, keep: 1 });
  await killed(runner, { name: 'all 2 are killed and come back', kill: 2, keep: 0 });
  printTable(head, rows);
  const isEmpty = await waitUntil(
    'no request to be left',
    async () => (await liveRequests(runner)) === 0,
    5_000,
  ).catch(() => false);
  if (!isEmpty) violations += 1;
  const requests = rows.reduce((sum, row) => sum + Number(row[1]), 0);
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(0);
  console.log(`\n${requests} requests by ${CLIENTS} clients, every other one a stream, in ${seconds} s.`);
  console.log(`Left in the gateway: ${isEmpty ? 'none' : 'SOME'}.`);
  console.log(
    'retried: another upstream was asked before. sent twice: asked after an upstream had begun to respond.',
  );
  console.log('wrong: the client received something else than the fault allows.');
  console.log(
    violations === 0 ? 'Nothing lost, nothing sent twice, nothing wrong.' : `${violations} VIOLATIONS`,
  );
  process.exitCode = violations === 0 ? 0 : 1;
});
