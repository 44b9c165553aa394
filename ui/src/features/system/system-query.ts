/** Requests for the facts of the machine and the health of the runner. */
import { useQuery } from '@tanstack/react-query';
import { PATHS } from '#contract/paths';
import { healthResponseSchema, systemResponseSchema } from '#contract/system';
import { useApi } from '../../api/api-context.ts';

export function useSystem() {
  const api = useApi();
  return useQuery({
    queryKey: ['system'],
    queryFn: async ({ signal }) => api.request(PATHS.system, systemResponseSchema, { signal }),
    refetchInterval: 5000,
  });
}

export function useHealth() {
  const api = useApi();
  return useQuery({
    queryKey: ['health'],
    queryFn: async ({ signal }) => {
      const health = await api.request(PATHS.health, healthResponseSchema, { signal });
      return { ...health, upSinceMs: Date.now() - health.uptime * 1000 };
    },
    refetchInterval: 60_000,
  });
}
