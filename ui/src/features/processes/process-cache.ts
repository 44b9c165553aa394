/** How the list of processes changes with what the event stream tells; pure. */
import type { AllStreamEvents } from '#contract/log';
import type { ProcessSnapshot } from '#contract/process';

/** A snapshot with the moment, on this page's clock, from which its uptime counts: the two clocks may differ. */
export type LiveProcess = ProcessSnapshot & { upSinceMs: number | null };

export function toLive(snapshot: ProcessSnapshot, nowMs: number): LiveProcess {
  return { ...snapshot, upSinceMs: snapshot.uptimeMs === null ? null : nowMs - snapshot.uptimeMs };
}

/** A changed process takes its place; a new one comes in by id. */
export function withProcess(list: readonly LiveProcess[], changed: LiveProcess): LiveProcess[] {
  if (list.some(({ id }) => id === changed.id)) return list.map((process) => (process.id === changed.id ? changed : process));
  return [...list, changed].sort((a, b) => (a.id < b.id ? -1 : 1));
}

export function withoutProcess(list: readonly LiveProcess[], id: string): LiveProcess[] {
  return list.filter((process) => process.id !== id);
}

export function withUsage(list: readonly LiveProcess[], usage: AllStreamEvents['usage']['usage']): LiveProcess[] {
  return list.map((process) => ({ ...process, ...usage[process.id] }));
}
