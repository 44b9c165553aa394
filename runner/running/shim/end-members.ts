/** Ends everything a run started: TERM, a second TERM for servers that need it, KILL after the grace time; until none is left. */
import { execFile } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { findMembers, signalMembers, trySignal } from '../os/run-members.ts';
import type { RunIdentity } from '../os/run-members.ts';

const LOOK_AGAIN_MS = 25;
/** A process in uninterruptible sleep may outlive KILL for a while; after this it is reported as left. */
const KILL_PATIENCE_MS = 10_000;

export interface EndOptions {
  /** Read at every look: a second stop may shorten it. */
  graceMs: () => number;
  termAgainAfterMs: number | null;
}

/** Resolves with the pids that would not die (usually none). */
export async function endMembers(run: RunIdentity, options: EndOptions): Promise<number[]> {
  if (process.platform === 'win32') return endWindowsTree(run.group, options.graceMs());
  const startedAt = performance.now();
  const elapsedMs = (): number => performance.now() - startedAt;
  let isTermDueAgain = options.termAgainAfterMs !== null;
  signalMembers(run, 'SIGTERM');
  while (elapsedMs() < options.graceMs()) {
    if (findMembers(run).length === 0) return [];
    if (isTermDueAgain && elapsedMs() >= (options.termAgainAfterMs ?? 0)) {
      isTermDueAgain = false;
      signalMembers(run, 'SIGTERM');
    }
    await pause(LOOK_AGAIN_MS);
  }
  return killMembers(run);
}

/** KILL, again and again: members may fork while they are being listed. Resolves with the pids that would not die. */
async function killMembers(run: RunIdentity): Promise<number[]> {
  const killUntil = performance.now() + KILL_PATIENCE_MS;
  while (signalMembers(run, 'SIGKILL') > 0 && performance.now() < killUntil) await pause(LOOK_AGAIN_MS);
  return findMembers(run);
}

/** `taskkill /T` asks the windows of the tree to close; tree-kill adds `/F`. It is loaded only here: every shim pays for what it imports. */
async function endWindowsTree(pid: number, graceMs: number): Promise<number[]> {
  await new Promise<void>((resolve) => execFile('taskkill', ['/pid', String(pid), '/T'], () => resolve()));
  const until = performance.now() + graceMs;
  while (trySignal(pid, 0) && performance.now() < until) await pause(LOOK_AGAIN_MS);
  if (!trySignal(pid, 0)) return [];
  const { default: treeKill } = await import('tree-kill');
  await new Promise<void>((resolve) => treeKill(pid, 'SIGKILL', () => resolve()));
  return trySignal(pid, 0) ? [pid] : [];
}
