/** What the launcher asks the runner: the machine's facts for the preview, the models, and the launch itself. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { launchContextResponseSchema, type LaunchTarget } from '#contract/launch-form';
import { PATHS } from '#contract/paths';
import { launchResponseSchema, type Restart } from '#contract/process';
import { modelListResponseSchema } from '#contract/system';
import { useApi } from '../../api/api-context.ts';
import type { ServerRecipe } from './launch-draft.ts';

const launchContextKey = ['launch-context'] as const;
const modelsKey = ['models'] as const;

export function useLaunchContext() {
  const api = useApi();
  return useQuery({
    queryKey: launchContextKey,
    queryFn: async ({ signal }) => api.request(PATHS.launchContext, launchContextResponseSchema, { signal }),
    staleTime: 10_000,
  });
}

export function useModels() {
  const api = useApi();
  return useQuery({
    queryKey: modelsKey,
    queryFn: async ({ signal }) => api.request(PATHS.models, modelListResponseSchema, { signal }),
    staleTime: 30_000,
  });
}

export interface LaunchOrder {
  id: string;
  target: LaunchTarget;
  restart: Restart['policy'];
  profileId: string | null;
}

export function useLaunch() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async ({ id, target, restart, profileId }: LaunchOrder) =>
      api.request(PATHS.launch, launchResponseSchema, {
        method: 'POST',
        body: { id, ...target, restart: { policy: restart }, ...(profileId !== null && { profileId }) },
      }),
    // The free port that was offered may be this one's now.
    onSettled: async () => client.invalidateQueries({ queryKey: launchContextKey }),
  });
}

/** The server recipe to offer first. */
export function useDefaultRecipe(): ServerRecipe {
  const offered = useLaunchContext().data?.defaultRecipe;
  return offered === undefined || offered === 'script' || offered === 'command' ? 'llama-server' : offered;
}
