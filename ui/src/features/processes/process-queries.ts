/** Processes: the list (kept fresh by the event stream, see app/live-updates.ts) and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PATHS, fillPath } from '#contract/paths';
import { launchResponseSchema, okResponseSchema, processListResponseSchema, stopResponseSchema } from '#contract/process';
import { useApi } from '../../api/api-context.ts';
import { toLive, withoutProcess, type LiveProcess } from './process-cache.ts';

export const processesKey = ['processes'] as const;

/** Those that people launch: the ssh of a tunnel belongs to its tunnel. */
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
  return useMutation({ mutationFn: async () => api.request(fillPath(PATHS.stop, id), stopResponseSchema, { method: 'POST' }) });
}

export function useRestartProcess(id: string) {
  const api = useApi();
  return useMutation({ mutationFn: async () => api.request(fillPath(PATHS.restart, id), launchResponseSchema, { method: 'POST' }) });
}

export function useForgetProcess(id: string) {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async () => api.request(fillPath(PATHS.process, id), okResponseSchema, { method: 'DELETE' }),
    onSuccess: () => client.setQueryData<LiveProcess[]>(processesKey, (list) => list && withoutProcess(list, id)),
  });
}
