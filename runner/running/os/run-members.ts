/** Finds and signals everything that a run started: its process group, and whatever left the group but still carries the run's cookie. */
import { carriesVariable, hasProcessTable, readProcessTable } from './process-table.ts';

/** The environment variable whose value only one run's processes have. */
export const RUN_KEY_VARIABLE = 'LLM_RUNNER_RUN_KEY';

export interface RunIdentity {
  /** The child's process group (its leader's pid), above 1. */
  group: number;
  key: string;
}

interface Member {
  pid: number;
  isInGroup: boolean;
}

/** Pids of the living members; zombies are not counted. Without /proc only the group can be asked, and answers as its leader. */
export function findMembers(run: RunIdentity): number[] {
  return listMembers(run).map(({ pid }) => pid);
}

/** Sends the signal to every member; those that are gone meanwhile do not matter. Returns how many there were. */
export function signalMembers(run: RunIdentity, signal: NodeJS.Signals): number {
  const members = listMembers(run);
  if (members.some(({ isInGroup }) => isInGroup)) trySignal(-run.group, signal);
  for (const { pid, isInGroup } of members) if (!isInGroup) trySignal(pid, signal);
  return members.length;
}

function listMembers(run: RunIdentity): Member[] {
  if (!hasProcessTable) return isGroupAlive(run.group) ? [{ pid: run.group, isInGroup: true }] : [];
  const assignment = `${RUN_KEY_VARIABLE}=${run.key}`;
  return readProcessTable()
    .filter((row) => !row.isZombie && row.pid !== process.pid)
    .map((row) => ({ pid: row.pid, isInGroup: run.group > 1 && row.group === run.group }))
    .filter(({ pid, isInGroup }) => isInGroup || carriesVariable(pid, assignment));
}

function isGroupAlive(group: number): boolean {
  return group > 1 && trySignal(-group, 0);
}

/** True when it was sent (signal 0 asks whether it could be). A target of 0, -1 or 1 would reach far beyond a run: never sent. */
export function trySignal(target: number, signal: NodeJS.Signals | 0): boolean {
  if (Math.abs(target) <= 1) return false;
  try {
    process.kill(target, signal);
    return true;
  } catch {
    return false;
  }
}
