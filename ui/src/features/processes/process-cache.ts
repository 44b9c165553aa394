/** Applies events of the event stream to the list of processes. Pure. */
import type { AllStreamEvents } from '#contract/log';
import type { ProcessSnapshot } from '#contract/process';

/** A snapshot with the start of its uptime on this page's clock, which may differ from the runner's. */
export type LiveProcess = ProcessSnapshot & { upSinceMs: number | null };

export function toLive(snapshot: ProcessSnapshot, nowMs: number): LiveProcess {
  return { ...snapshot, upSinceMs: snapshot.uptimeMs === null ? null : nowMs - snapshot.uptimeMs };
}

/** Replaces a changed process in place; inserts a new one, sorted by id. */
export function withProcess(list: readonly LiveProcess[], changed: LiveProcess): LiveProcess[] {
  if (list.some(({ id }) => id === changed.id))
    return list.map((process) => (process.id === changed.id ? changed : process));
  return [...list, changed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function withoutProcess(list: readonly LiveProcess[], id: string): LiveProcess[] {
  return list.filter((process) => process.id !== id);
}

export function withUsage(
  list: readonly LiveProcess[],
  usage: AllStreamEvents['usage']['usage'],
): LiveProcess[] {
  return list.map((process) => ({ ...process, ...usage[process.id] }));
}
