/** Endpoints: the list (kept fresh by the event stream, see app/live-updates.ts) and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import {
  endpointListResponseSchema,
  endpointResponseSchema,
  type Endpoint,
  type EndpointChange,
  type EndpointInput,
} from '#contract/endpoint';
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import { useApi } from '../../api/api-context.ts';

export const endpointsKey = ['endpoints'] as const;

export function useEndpoints() {
  const api = useApi();
  return useQuery({
    queryKey: endpointsKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.endpoints, endpointListResponseSchema, { signal })).endpoints,
    staleTime: 10_000,
  });
}

/** The answer is the endpoint as it is now: put in its place in the list. */
function useEndpointMutation<Order>(run: (order: Order) => Promise<{ endpoint: Endpoint }>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async ({ endpoint }) => {
      client.setQueryData<Endpoint[]>(endpointsKey, (list) => list && withEndpoint(list, endpoint));
      await client.invalidateQueries({ queryKey: endpointsKey });
    },
  });
}

function withEndpoint(list: readonly Endpoint[], endpoint: Endpoint): Endpoint[] {
  const isKnown = list.some(({ id }) => id === endpoint.id);
  return isKnown ? list.map((known) => (known.id === endpoint.id ? endpoint : known)) : [...list, endpoint];
}

export function usePingEndpoint() {
  const api = useApi();
  return useEndpointMutation(async (id: string) =>
    api.request(fillPath(PATHS.endpointPing, id), endpointResponseSchema, { method: 'POST' }),
  );
}

export function useAddEndpoint() {
  const api = useApi();
  return useEndpointMutation(async (input: EndpointInput) =>
    api.request(PATHS.endpoints, endpointResponseSchema, { method: 'POST', body: input }),
  );
}

export function useChangeEndpoint() {
  const api = useApi();
  return useEndpointMutation(async ({ id, change }: { id: string; change: EndpointChange }) =>
    api.request(fillPath(PATHS.endpoint, id), endpointResponseSchema, { method: 'PATCH', body: change }),
  );
}

export function useRemoveEndpoint() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.request(fillPath(PATHS.endpoint, id), okResponseSchema, { method: 'DELETE' }),
    onSuccess: async (_, removed) => {
      client.setQueryData<Endpoint[]>(endpointsKey, (list) => list?.filter(({ id }) => id !== removed));
      await client.invalidateQueries({ queryKey: endpointsKey });
    },
  });
}
