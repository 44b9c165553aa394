/** What the screen reads and changes of the gateway: keys, model names, live requests, usage; and the endpoints behind it. */
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endpointListResponseSchema } from '#contract/endpoint';
import {
  gatewayKeyCreatedResponseSchema,
  gatewayKeyListResponseSchema,
  gatewayKeyResponseSchema,
  gatewayLiveResponseSchema,
  gatewayRouteListResponseSchema,
  gatewayRouteResponseSchema,
  gatewayUsageResponseSchema,
  type GatewayKeyChange,
  type GatewayKeyInput,
  type GatewayRoute,
} from '#contract/gateway';
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import { useApi } from '../../api/api-context.ts';
import { ApiError } from '../../api/api-error.ts';
import { USAGE_RANGES, type UsageRangeName } from './usage-steps.ts';

const keysKey = ['gateway', 'keys'] as const;
const routesKey = ['gateway', 'routes'] as const;
const liveKey = ['gateway', 'live'] as const;
const USAGE_EVERY_MS = 10_000;

/** Read anew now and then: what a key has used grows by itself. */
export function useGatewayKeys() {
  const api = useApi();
  return useQuery({
    queryKey: keysKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.gatewayKeys, gatewayKeyListResponseSchema, { signal })).keys,
    refetchInterval: USAGE_EVERY_MS,
  });
}

export function useGatewayRoutes() {
  const api = useApi();
  return useQuery({
    queryKey: routesKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.gatewayRoutes, gatewayRouteListResponseSchema, { signal })).routes,
    staleTime: USAGE_EVERY_MS,
  });
}

/** The same entry of the cache as everywhere: the event stream keeps it fresh (app/live-updates.ts). */
export function useGatewayEndpoints() {
  const api = useApi();
  return useQuery({
    queryKey: ['endpoints'],
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.endpoints, endpointListResponseSchema, { signal })).endpoints,
    staleTime: USAGE_EVERY_MS,
  });
}

export function useLiveRequests() {
  const api = useApi();
  return useQuery({
    queryKey: liveKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.gatewayLive, gatewayLiveResponseSchema, { signal })).requests,
    refetchInterval: 2000,
  });
}

export function useUsage(name: UsageRangeName) {
  const api = useApi();
  const { hours, stepMinutes } = USAGE_RANGES[name];
  return useQuery({
    queryKey: ['gateway', 'usage', name],
    queryFn: async ({ signal }) => {
      const search = { hours: `${hours}`, step: `${stepMinutes}` };
      // With its range: while another is loaded, the one before stays in sight.
      return {
        ...(await api.request(PATHS.gatewayUsage, gatewayUsageResponseSchema, { search, signal })),
        range: name,
      };
    },
    staleTime: USAGE_EVERY_MS,
    refetchInterval: USAGE_EVERY_MS,
    placeholderData: keepPreviousData,
  });
}

/** Whatever the outcome, the list is read anew: a refusal often means that it was out of date. */
function useListMutation<Order, Answer>(queryKey: readonly string[], run: (order: Order) => Promise<Answer>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSettled: async () => client.invalidateQueries({ queryKey }),
    // The answer may hold a secret: it goes with the dialog that shows it.
    gcTime: 0,
  });
}

export function useCreateKey() {
  const api = useApi();
  return useListMutation(keysKey, async (input: GatewayKeyInput) =>
    api.request(PATHS.gatewayKeys, gatewayKeyCreatedResponseSchema, { method: 'POST', body: input }),
  );
}

export function useChangeKey() {
  const api = useApi();
  return useListMutation(keysKey, async ({ id, change }: { id: string; change: GatewayKeyChange }) =>
    api.request(fillPath(PATHS.gatewayKey, id), gatewayKeyResponseSchema, { method: 'PATCH', body: change }),
  );
}

export function useRevokeKey() {
  const api = useApi();
  return useListMutation(keysKey, async (id: string) =>
    api.request(fillPath(PATHS.gatewayKeyRevoke, id), gatewayKeyResponseSchema, { method: 'POST' }),
  );
}

export function useRemoveKey() {
  const api = useApi();
  return useListMutation(keysKey, async (id: string) =>
    api.request(fillPath(PATHS.gatewayKey, id), okResponseSchema, { method: 'DELETE' }),
  );
}

export function useSaveRoute() {
  const api = useApi();
  return useListMutation(routesKey, async (route: GatewayRoute) =>
    api.request(PATHS.gatewayRoutes, gatewayRouteResponseSchema, { method: 'PUT', body: route }),
  );
}

export function useRemoveRoute() {
  const api = useApi();
  return useListMutation(routesKey, async (model: string) =>
    api.request(fillPath(PATHS.gatewayRoute, model), okResponseSchema, { method: 'DELETE' }),
  );
}

/** One that has ended meanwhile is as good as cancelled. */
export function useCancelRequest() {
  const api = useApi();
  return useListMutation(liveKey, async (id: string) => {
    try {
      await api.request(fillPath(PATHS.gatewayLiveCancel, id), okResponseSchema, { method: 'POST' });
    } catch (error) {
      if (!(error instanceof ApiError) || error.code !== 'NOT_FOUND') throw error;
    }
  });
}
