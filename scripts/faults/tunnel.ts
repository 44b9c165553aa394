/** Fault run: what can happen to a tunnel, with real parts, and how long until B reaches the model again. `node scripts/faults/tunnel.ts` (about 5 minutes; the network cut needs root). */
import { userInfo } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../../runner/testing/sshd.ts';
import { isAlive } from '../../runner/testing/wait-until.ts';
import { printTable } from '../bench/measuring/print-table.ts';
import { cutNetwork } from './tunnel-network.ts';
import { answers, Setting } from './tunnel-setting.ts';

interface Row {
  /** What the product said or did meanwhile. */
  outcome: string;
  /** From the end of the fault until B reaches the model; null: it never lost it. */
  backMs: number | null;
}

type Fault = (setting: Setting) => Promise<Row>;

const FAULTS: Record<string, Fault> = {
  'sshd stopped, with all sessions, for 10 s': async (s) => {
    await s.sshd.stop();
    const said = await s.untilProblem('connection-refused');
    await pause(10_000);
    await s.sshd.start();
    return { outcome: `said after ${seconds(said)}`, backMs: await s.untilBack() };
  },
  'sshd restarted, sessions go on': async (s) => {
    const { restarts } = await s.tunnel();
    const sessions = await s.sshd.stopListener();
    await s.sshd.start();
    const held = await answers(s.remotePort);
    await pause(12_000);
    const { state, restarts: after } = await s.tunnel();
    if (!held || state !== 'up' || after !== restarts) throw new Error(`the tunnel did not stay: ${state}, ${after} connections`);
    for (const pid of sessions) signal(pid, 'SIGKILL');
    return { outcome: 'stayed up; then the sessions were killed', backMs: await s.untilBack() };
  },
  'ssh killed': async (s) => {
    const pid = await s.sshPid();
    signal(pid, 'SIGKILL');
    const backMs = await untilOther(s, pid);
    return { outcome: `new ssh (restarts: ${(await s.tunnel()).restarts})`, backMs };
  },
  'B asleep (SIGSTOP) for 40 s': async (s) => {
    s.sshd.signal('SIGSTOP');
    const said = await s.untilProblem('no-answer-through');
    await pause(Math.max(40_000 - said, 0));
    const { problem } = await s.tunnel();
    s.sshd.signal('SIGCONT');
    return { outcome: `degraded after ${seconds(said)}, then ${problem?.code}`, backMs: await s.untilBack() };
  },
  'port held by a stale session': async (s) => {
    const stale = s.sshd.sessions();
    for (const pid of stale) signal(pid, 'SIGSTOP');
    const said = await s.untilProblem('remote-port-busy');
    for (const pid of stale) signal(pid, 'SIGKILL');
    return { outcome: `remote-port-busy after ${seconds(said)}`, backMs: await s.untilBack() };
  },
  'key refused': async (s) => {
    s.sshd.authorize([s.sshd.makeKey('other').public]);
    for (const pid of s.sshd.sessions()) signal(pid, 'SIGKILL');
    const said = await s.untilProblem('key-refused');
    s.sshd.authorize([s.sshd.makeKey('id').public]);
    await s.act('start');
    return { outcome: `said after ${seconds(said)}; key put back, start pressed`, backMs: await s.untilBack() };
  },
  'host key changed': async (s) => {
    await s.sshd.stop();
    s.sshd.makeHostKey();
    await s.sshd.start();
    const said = await s.untilProblem('host-key-changed');
    const { nextTryAt } = await s.until('down');
    if (nextTryAt !== null) throw new Error(`it would try again at ${nextTryAt}`);
    await s.act('forget-host-key');
    return { outcome: `refused after ${seconds(said)}, no more tries; old key forgotten`, backMs: await s.untilBack() };
  },
  'model server down for 5 s': async (s) => {
    const pid = await s.sshPid();
    await s.stopModel();
    const said = await s.untilProblem('target-down');
    await pause(5_000);
    await s.launchModel();
    const backMs = await s.untilBack();
    if ((await s.sshPid()) !== pid) throw new Error('the tunnel was connected anew');
    return { outcome: `target-down after ${seconds(said)}, same ssh`, backMs };
  },
  'runner A killed (kill -9), started 3 s later': async (s) => {
    const pid = await s.sshPid();
    await s.a.end('SIGKILL');
    const held = await answers(s.remotePort);
    await pause(3_000);
    await s.restartA();
    await s.untilBack();
    if (!held || (await s.sshPid()) !== pid || !isAlive(pid)) throw new Error('the tunnel did not live on');
    return { outcome: 'the way never broke, same ssh taken up', backMs: null };
  },
  'network cut for 60 s': (s) =>
    userInfo().uid === 0 ? cutNetwork(s, 60_000) : Promise.resolve({ outcome: 'skipped: needs root', backMs: null }),
};

const setting = await Setting.open();
const rows: string[][] = [];
let failed = 0;
try {
  const connected = performance.now();
  await setting.connect();
  rows.push(['tunnel made', 'up, and B answers', seconds(performance.now() - connected)]);
  for (const [name, fault] of Object.entries(FAULTS)) {
    try {
      const { outcome, backMs } = await fault(setting);
      rows.push([name, outcome, backMs === null ? '-' : seconds(backMs)]);
      // A connection that stands for a while is healthy: each fault meets the first delays of the back-off.
      await pause(11_000);
    } catch (error) {
      failed += 1;
      rows.push([name, `FAILED: ${error instanceof Error ? error.message : String(error)}`, '-']);
      await setting.untilBack().catch(() => undefined);
    }
  }
} finally {
  await setting.close();
}
printTable(['fault', 'outcome', 'B reaches the model again after'], rows);
process.exitCode = failed === 0 ? 0 : 1;

async function untilOther(s: Setting, pid: number): Promise<number> {
  const begin = performance.now();
  while ((await s.sshPid()) === pid) await pause(50);
  await s.untilBack();
  return performance.now() - begin;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
