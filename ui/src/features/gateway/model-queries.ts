/** Models on demand: how each is, and what can be done to it. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { gatewayModelsResponseSchema } from '#contract/gateway';
import { PATHS, fillPath } from '#contract/paths';
import { launchResponseSchema, stopResponseSchema } from '#contract/process';
import { profileResponseSchema, type Profile } from '#contract/profile';
import { useApi } from '../../api/api-context.ts';
import type { ApiClient } from '../../api/request.ts';

const modelsKey = ['gateway', 'models'] as const;

/** With the address of the gateway's own listener. Read anew often: a model is loaded and unloaded by itself. */
export function useGatewayModels() {
  const api = useApi();
  return useQuery({
    queryKey: modelsKey,
    queryFn: async ({ signal }) => api.request(PATHS.gatewayModels, gatewayModelsResponseSchema, { signal }),
    refetchInterval: 2000,
  });
}

function useModelMutation<Order, Answer>(run: (order: Order) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: async () => client.invalidateQueries({ queryKey: modelsKey }),
  });
}

/** As it is now: another page may have changed it. */
async function savedProfile(api: ApiClient, id: string): Promise<Profile> {
  return (await api.request(fillPath(PATHS.profile, id), profileResponseSchema)).profile;
}

/** As the launcher does with a profile. */
export function useLoadModel() {
  const api = useApi();
  return useModelMutation(async (profileId: string) => {
    const { processId, target, restart } = await savedProfile(api, profileId);
    return api.request(PATHS.launch, launchResponseSchema, {
      method: 'POST',
      body: { id: processId, ...target, restart, profileId },
    });
  });
}

export function useUnloadModel() {
  const api = useApi();
  return useModelMutation(async (processId: string) =>
    api.request(fillPath(PATHS.stop, processId), stopResponseSchema, { method: 'POST' }),
  );
}

export function usePinModel() {
  const api = useApi();
  return useModelMutation(async ({ profileId, pinned }: { profileId: string; pinned: boolean }) => {
    const { onDemand } = await savedProfile(api, profileId);
    // Taken off the list a moment ago.
    if (onDemand === null) return;
    await api.request(fillPath(PATHS.profile, profileId), profileResponseSchema, {
      method: 'PATCH',
      body: { onDemand: { ...onDemand, pinned } },
    });
  });
}
