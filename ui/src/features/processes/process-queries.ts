/** Requests for processes: the list, which the event stream keeps up to date, and the actions on one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PATHS, fillPath } from '#contract/paths';
import {
  launchResponseSchema,
  okResponseSchema,
  processListResponseSchema,
  stopResponseSchema,
} from '#contract/process';
import { useApi } from '../../api/api-context.ts';
import { toLive, withoutProcess, type LiveProcess } from './process-cache.ts';

export const processesKey = ['processes'] as const;

/** The processes that users launch, without the ssh processes of tunnels. */
export function useProcesses() {
  const api = useApi();
  return useQuery({
    queryKey: processesKey,
    queryFn: async ({ signal }) => {
      const { processes } = await api.request(PATHS.processes, processListResponseSchema, { signal });
      return processes.map((process) => toLive(process, Date.now()));
    },
    select: withoutTunnels,
    staleTime: Infinity,
  });
}

function withoutTunnels(processes: LiveProcess[]): LiveProcess[] {
  return processes.filter(({ recipe }) => recipe !== 'ssh-tunnel');
}

export function useStopProcess(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: async () => api.request(fillPath(PATHS.stop, id), stopResponseSchema, { method: 'POST' }),
  });
}

export function useRestartProcess(id: string) {
  const api = useApi();
  return useMutation({
    mutationFn: async () =>
      api.request(fillPath(PATHS.restart, id), launchResponseSchema, { method: 'POST' }),
  });
}

export function useForgetProcess(id: string) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => api.request(fillPath(PATHS.process, id), okResponseSchema, { method: 'DELETE' }),
    onSuccess: () =>
      client.setQueryData<LiveProcess[]>(processesKey, (list) => list && withoutProcess(list, id)),
  });
}
