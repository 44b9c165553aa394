/** Applies the mend of a failed process: its own form comes into the launcher, with the mended fields. */
import { useCallback } from 'react';
import { PATHS, fillPath } from '#contract/paths';
import { processResponseSchema } from '#contract/process';
import { useApi } from '../api/api-context.ts';
import type { DraftControl } from '../features/launcher/use-launch-draft.ts';
import type { LiveProcess } from '../features/processes/process-cache.ts';

export function useApplyFix(
  { replace }: Pick<DraftControl, 'replace'>,
  onApplied: () => void,
): (process: LiveProcess) => void {
  const api = useApi();
  return useCallback(
    (failed: LiveProcess) => {
      const { fix } = failed.diagnosis ?? { fix: {} };
      const apply = async (): Promise<void> => {
        // With the launcher, not with the first paint.
        const { toDraft, withFix } = await import('../features/launcher/target-draft.ts');
        const target = await api.request(fillPath(PATHS.process, failed.id), processResponseSchema).then(
          ({ process }) => process.target,
          () => null,
        );
        const saved = { processId: failed.id, restart: failed.restartPolicy, profileId: failed.profileId };
        // Secrets come masked: the key that is in the form stays.
        replace((draft) => {
          const base = target === null ? draft : toDraft({ target, ...saved });
          return withFix({ ...base, server: { ...base.server, apiKey: draft.server.apiKey } }, fix);
        });
        onApplied();
      };
      void apply();
    },
    [api, replace, onApplied],
  );
}
