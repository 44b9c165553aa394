/** A process as the wire shows it. */
import type { ProcessSnapshot } from '#contract/process';
import type { ManagedProcess } from './managed-process.ts';
import type { Usage } from './usage-sampler.ts';

export function toSnapshot(managed: ManagedProcess, usage: Usage | undefined): ProcessSnapshot {
  const { spec, living } = managed;
  const isLiving = living !== null && managed.startedAt !== null;
  return {
    id: spec.id,
    recipe: spec.recipe,
    state: managed.state,
    pid: living?.pid ?? null,
    run: managed.run,
    port: spec.port,
    url: urlOf(spec),
    startedAt: managed.startedAt,
    uptimeMs: isLiving ? Math.max(0, Date.now() - Date.parse(managed.startedAt ?? '')) : null,
    cpuPercent: usage?.cpuPercent ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    restarts: managed.restarts.count,
    restartPolicy: spec.restart.policy,
    nextRestartAt: managed.restarts.nextAt,
    exit: managed.exit,
    diagnosis: managed.diagnosis,
    command: spec.display,
    cwd: spec.cwd,
    note: managed.note?.text ?? null,
    noteCode: managed.note?.code ?? null,
    noteValues: managed.note?.values ?? null,
    profileId: spec.profileId,
  };
}

/** Where a client on this machine finds a server; null for what is not known to be one. */
function urlOf(spec: ManagedProcess['spec']): string | null {
  if (spec.port === null || spec.ready === null || !('url' in spec.ready)) return null;
  return new URL(spec.ready.url).origin;
}
