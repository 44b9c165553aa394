/** Builds launch on demand and joins it with profiles, processes and endpoints. Called by the composition root only. */
import type { Diagnosis, Exit } from '#contract/process';
import type { OnDemandSettings, Profile } from '#contract/profile';
import type { Config } from '../config.ts';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import type { OnDemandServer } from '../serving/endpoints/launched-server.ts';
import { onDemandServerOf } from './launched-servers.ts';
import type { Logger } from '../base/logger.ts';
import { estimateMemoryMb } from '../serving/on-demand/estimate-memory.ts';
import { OnDemand } from '../serving/on-demand/on-demand.ts';
import type { EndpointsPort, OnDemandModel } from '../serving/on-demand/ports.ts';
import { createOnDemandProcesses } from './on-demand-processes.ts';
import type { ProcessSpec } from '../running/processes/process-spec.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { ProfileStore } from '../profiles/profile-store.ts';
import { readMemoryFacts } from './read-memory-facts.ts';
import type { SpecBuilder } from './spec-builder.ts';

export interface OnDemandSideParts {
  config: Config;
  logger: Logger;
  supervisor: Supervisor;
  specs: SpecBuilder;
  profiles: ProfileStore;
  endpoints: EndpointRegistry;
  diagnose: (spec: ProcessSpec, exit: Exit) => Promise<Diagnosis | null>;
}

export interface OnDemandSide {
  onDemand: OnDemand;
  /** When profiles are read, processes taken up and their servers announced. */
  start: () => Promise<void>;
  /** Before the processes are ended. */
  stop: () => void;
}

interface Launchable {
  profile: Profile;
  settings: OnDemandSettings;
  server: OnDemandServer;
}

export function createOnDemand(parts: OnDemandSideParts): OnDemandSide {
  const { config, profiles, endpoints } = parts;
  const launchables = (): Launchable[] => launchablesOf(profiles.list());
  const profileOf = (id: string): Profile | null =>
    launchables().find(({ server }) => server.processId === id)?.profile ?? null;
  const onDemand = new OnDemand({
    queueLimit: config.queueLimit,
    budgetMb: config.modelMemoryMb,
    processes: createOnDemandProcesses({
      ...parts,
      profileOf,
    }),
    endpoints: endpointsPort(endpoints),
  });
  let unsubscribe = (): void => {};
  const estimates = new Map<string, { version: string; memoryMb: number | null }>();

  const apply = (): void => {
    const known = launchables();
    endpoints.setOnDemand(known.map(({ server }) => server));
    const models = known.map((launchable) =>
      modelOf(launchable, estimates.get(launchable.profile.id)?.memoryMb ?? null),
    );
    const ordinary = profiles.list().filter((profile) => profile.onDemand === null);
    onDemand.setModels(models, new Set(ordinary.map(({ processId }) => processId)));
  };
  /** At once without new estimates, then with them: reading a file takes its time. */
  const refresh = async (): Promise<void> => {
    apply();
    const stale = launchables().filter(
      ({ profile }) => estimates.get(profile.id)?.version !== profile.updatedAt,
    );
    if (stale.length === 0) return;
    for (const { profile } of stale)
      estimates.set(profile.id, { version: profile.updatedAt, memoryMb: await estimateOf(profile) });
    apply();
  };

  return {
    onDemand,
    async start() {
      onDemand.start();
      unsubscribe = profiles.changed.subscribe(() => void refresh());
      await refresh();
    },
    stop() {
      unsubscribe();
      onDemand.stop();
    },
  };
}

/** Of several with one process id the first counts: there is one process, and one endpoint. */
function launchablesOf(profiles: readonly Profile[]): Launchable[] {
  const found = new Map<string, Launchable>();
  for (const profile of profiles) {
    const { processId, target, onDemand: settings } = profile;
    const server = settings === null || found.has(processId) ? null : onDemandServerOf(processId, target);
    if (settings !== null && server !== null) found.set(processId, { profile, settings, server });
  }
  return [...found.values()];
}

function modelOf({ profile, settings, server }: Launchable, estimateMb: number | null): OnDemandModel {
  return {
    id: server.processId,
    profileId: profile.id,
    profileName: profile.name,
    settings,
    model: server.model === '' ? null : server.model,
    memoryMb: settings.memoryMb ?? estimateMb,
    version: profile.updatedAt,
  };
}

async function estimateOf({ target }: Profile): Promise<number | null> {
  const facts = 'model' in target.form ? await readMemoryFacts(target.form) : null;
  return facts === null ? null : estimateMemoryMb(facts);
}

function endpointsPort(endpoints: EndpointRegistry): EndpointsPort {
  return {
    busySlots: (id) => endpoints.find(id)?.busySlots ?? 0,
    async check(id) {
      try {
        return (await endpoints.ping(id)).busySlots ?? 0;
      } catch {
        // It is gone.
        return 0;
      }
    },
    onChange: (listener) => endpoints.changed.subscribe(listener),
  };
}
