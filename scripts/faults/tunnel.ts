/**
 * Fault run of the tunnels: what can happen to one, with real parts, and how long until B reaches the model again.
 * `node scripts/faults/tunnel.ts` (about 5 minutes; the network cut needs root).
 */
import { userInfo } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import { signal } from '../../runner/testing/sshd.ts';
import { isAlive } from '../../runner/testing/wait-until.ts';
import { printTable } from '../bench/measuring/print-table.ts';
import { cutNetwork } from './cut-network.ts';
import { hasAnswer, TunnelSetting } from './tunnel-setting.ts';

interface Row {
  /** What the product reported or did during the fault. */
  outcome: string;
  /** From the end of the fault until B reaches the model; null: it was always reachable. */
  backMs: number | null;
}

type Fault = (setting: TunnelSetting) => Promise<Row>;

const FAULTS: Record<string, Fault> = {
  'sshd stopped, with all sessions, for 10 s': async (s) => {
    await s.sshd.stop();
    const noticedMs = await s.untilProblem('connection-refused');
    await pause(10_000);
    await s.sshd.start();
    return { outcome: `reported after ${seconds(noticedMs)}`, backMs: await s.untilBack() };
  },
  'sshd restarted, sessions continue': async (s) => {
    const { restarts } = await s.tunnel();
    const sessions = await s.sshd.stopListener();
    await s.sshd.start();
    const isHeld = await hasAnswer(s.remotePort);
    await pause(12_000);
    const { state, restarts: after } = await s.tunnel();
    if (!isHeld || state !== 'up' || after !== restarts)
      throw new Error(`The tunnel did not stay up: ${state}, ${after} connections`);
    for (const pid of sessions) signal(pid, 'SIGKILL');
    return { outcome: 'stayed up; then the sessions were killed', backMs: await s.untilBack() };
  },
  'ssh killed': async (s) => {
    const pid = await s.sshPid();
    signal(pid, 'SIGKILL');
    const backMs = await untilOtherSsh(s, pid);
    return { outcome: `new ssh (restarts: ${(await s.tunnel()).restarts})`, backMs };
  },
  'B asleep (SIGSTOP) for 40 s': async (s) => {
    s.sshd.signal('SIGSTOP');
    const noticedMs = await s.untilProblem('no-answer-through');
    await pause(Math.max(40_000 - noticedMs, 0));
    const { problem } = await s.tunnel();
    s.sshd.signal('SIGCONT');
    return {
      outcome: `degraded after ${seconds(noticedMs)}, then ${problem?.code}`,
      backMs: await s.untilBack(),
    };
  },
  'port held by a stale session': async (s) => {
    const stale = s.sshd.sessions();
    for (const pid of stale) signal(pid, 'SIGSTOP');
    const noticedMs = await s.untilProblem('remote-port-busy');
    for (const pid of stale) signal(pid, 'SIGKILL');
    return { outcome: `remote-port-busy after ${seconds(noticedMs)}`, backMs: await s.untilBack() };
  },
  'key refused': async (s) => {
    s.sshd.authorize([s.sshd.makeKey('other').public]);
    for (const pid of s.sshd.sessions()) signal(pid, 'SIGKILL');
    const noticedMs = await s.untilProblem('key-refused');
    s.sshd.authorize([s.sshd.makeKey('id').public]);
    await s.act('start');
    return {
      outcome: `reported after ${seconds(noticedMs)}; key put back, start pressed`,
      backMs: await s.untilBack(),
    };
  },
  'host key changed': async (s) => {
    await s.sshd.stop();
    s.sshd.makeHostKey();
    await s.sshd.start();
    const noticedMs = await s.untilProblem('host-key-changed');
    const { nextTryAt } = await s.until('down');
    if (nextTryAt !== null) throw new Error(`The next try is at ${nextTryAt}.`);
    await s.act('forget-host-key');
    return {
      outcome: `refused after ${seconds(noticedMs)}, no more tries; old key forgotten`,
      backMs: await s.untilBack(),
    };
  },
  'model server down for 5 s': async (s) => {
    const pid = await s.sshPid();
    await s.stopModel();
    const noticedMs = await s.untilProblem('target-down');
    await pause(5_000);
    await s.launchModel();
    const backMs = await s.untilBack();
    if ((await s.sshPid()) !== pid) throw new Error('The tunnel was connected again.');
    return { outcome: `target-down after ${seconds(noticedMs)}, same ssh`, backMs };
  },
  'runner A killed (kill -9), started 3 s later': async (s) => {
    const pid = await s.sshPid();
    await s.a.end('SIGKILL');
    const isHeld = await hasAnswer(s.remotePort);
    await pause(3_000);
    await s.restartA();
    await s.untilBack();
    if (!isHeld || (await s.sshPid()) !== pid || !isAlive(pid))
      throw new Error('The tunnel did not survive.');
    return { outcome: 'the connection never broke, same ssh adopted', backMs: null };
  },
  'network cut for 60 s': (s) =>
    userInfo().uid === 0
      ? cutNetwork(s, 60_000)
      : Promise.resolve({ outcome: 'skipped: needs root', backMs: null }),
};

const setting = await TunnelSetting.open();
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
      // A connection that lasts this long resets the back-off: each fault meets its first delays.
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

async function untilOtherSsh(s: TunnelSetting, pid: number): Promise<number> {
  const begin = performance.now();
  while ((await s.sshPid()) === pid) await pause(50);
  await s.untilBack();
  return performance.now() - begin;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
