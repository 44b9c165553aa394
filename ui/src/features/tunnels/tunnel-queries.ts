/** Tunnels: the list (kept fresh by the event stream, see app/live-updates.ts) and what can be done to one. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import {
  tunnelListResponseSchema,
  tunnelResponseSchema,
  tunnelSetupResponseSchema,
  tunnelTestResponseSchema,
  type Tunnel,
  type TunnelInput,
} from '#contract/tunnel';
import { useApi } from '../../api/api-context.ts';
import { tunnelsKey } from './tunnel-keys.ts';

const READ_EVERY_MS = 10_000;

/** Read now and then, too: where a proxy cuts the event stream, the states are late and not wrong. */
export function useTunnels() {
  const api = useApi();
  return useQuery({
    queryKey: tunnelsKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.tunnels, tunnelListResponseSchema, { signal })).tunnels,
    staleTime: READ_EVERY_MS,
    refetchInterval: READ_EVERY_MS,
  });
}

/** The answer is the tunnel as it is now: put in its place in the list. Whatever the outcome, the list is read anew. */
function useTunnelMutation<Order>(run: (order: Order) => Promise<{ tunnel: Tunnel }>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: ({ tunnel }) =>
      client.setQueryData<Tunnel[]>(tunnelsKey, (list) => list && withTunnel(list, tunnel)),
    onSettled: async () => client.invalidateQueries({ queryKey: tunnelsKey }),
    // The order may hold an API key: it goes with the dialog.
    gcTime: 0,
  });
}

function withTunnel(list: readonly Tunnel[], tunnel: Tunnel): Tunnel[] {
  const isKnown = list.some(({ id }) => id === tunnel.id);
  return isKnown ? list.map((known) => (known.id === tunnel.id ? tunnel : known)) : [...list, tunnel];
}

export function useCreateTunnel() {
  const api = useApi();
  return useTunnelMutation(async (input: TunnelInput) =>
    api.request(PATHS.tunnels, tunnelResponseSchema, { method: 'POST', body: input }),
  );
}

export function useChangeTunnel() {
  const api = useApi();
  return useTunnelMutation(async ({ id, change }: { id: string; change: TunnelInput }) =>
    api.request(fillPath(PATHS.tunnel, id), tunnelResponseSchema, { method: 'PATCH', body: change }),
  );
}

const ACTIONS = {
  start: PATHS.tunnelStart,
  stop: PATHS.tunnelStop,
  probe: PATHS.tunnelProbe,
  forget: PATHS.tunnelForgetHostKey,
} as const;

export function useTunnelAction(id: string) {
  const api = useApi();
  return useTunnelMutation(async (action: keyof typeof ACTIONS) =>
    api.request(fillPath(ACTIONS[action], id), tunnelResponseSchema, { method: 'POST' }),
  );
}

export function useRemoveTunnel() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (id: string) =>
      api.request(fillPath(PATHS.tunnel, id), okResponseSchema, { method: 'DELETE' }),
    onSuccess: (_, removed) =>
      client.setQueryData<Tunnel[]>(tunnelsKey, (list) => list?.filter(({ id }) => id !== removed)),
    onSettled: async () => client.invalidateQueries({ queryKey: tunnelsKey }),
  });
}

export function useTestTunnel() {
  const api = useApi();
  return useMutation({
    mutationFn: async (input: TunnelInput) =>
      api.request(PATHS.tunnelTest, tunnelTestResponseSchema, { method: 'POST', body: input }),
    gcTime: 0,
  });
}

/** Asked for anew each time: it hangs on files of this machine, such as the public key. */
export function useTunnelSetup(id: string) {
  const api = useApi();
  return useQuery({
    queryKey: [...tunnelsKey, id, 'setup'],
    queryFn: async ({ signal }) =>
      api.request(fillPath(PATHS.tunnelSetup, id), tunnelSetupResponseSchema, { signal }),
    staleTime: 0,
    gcTime: 0,
  });
}
