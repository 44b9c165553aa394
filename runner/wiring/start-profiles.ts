/** Launches the profiles that are to start with the runner. One that cannot start is logged; it does not keep the others, or the runner, from starting. */
import type { Profile } from '#contract/profile';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { SpecBuilder } from './spec-builder.ts';

/** One after the other: each takes its port before the next looks for a free one. A process that was adopted is left as it is. */
export async function startProfiles(
  profiles: readonly Profile[],
  parts: { supervisor: Supervisor; specs: SpecBuilder; logger: Logger },
): Promise<void> {
  const { supervisor, specs, logger } = parts;
  for (const { id, processId, target, restart } of profiles.filter((profile) => profile.startWithRunner)) {
    if (supervisor.has(processId) && !isEnded(supervisor, processId)) continue;
    try {
      await supervisor.launch(await specs.fromTarget({ id: processId, target, restart, profileId: id }));
    } catch (error) {
      logger.error({ processId, reason: messageOf(error) }, 'a profile could not be started with the runner');
    }
  }
}

function isEnded(supervisor: Supervisor, id: string): boolean {
  return supervisor.get(id).snapshot.pid === null && supervisor.get(id).snapshot.state !== 'backoff';
}
