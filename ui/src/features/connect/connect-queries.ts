/** The facts that the assistant polls, and its actions on this machine. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endpointListResponseSchema } from '#contract/endpoint';
import { gatewayKeyListResponseSchema, gatewayModelsResponseSchema } from '#contract/gateway';
import { mqttSettingsResponseSchema, mqttStatusResponseSchema, type MqttSettingsInput } from '#contract/mqtt';
import { PATHS, fillPath } from '#contract/paths';
import {
  tunnelListResponseSchema,
  tunnelResponseSchema,
  tunnelTestResponseSchema,
  type TunnelInput,
} from '#contract/tunnel';
import { useApi } from '../../api/api-context.ts';

const REFETCH_MS = 2000;
const tunnelsKey = ['connect', 'tunnels'] as const;

/** Shares cache entries with the screens of endpoints, MQTT and the gateway. */
export function useConnectFacts() {
  const api = useApi();
  const endpoints = useQuery({
    queryKey: ['endpoints'],
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.endpoints, endpointListResponseSchema, { signal })).endpoints,
    refetchInterval: REFETCH_MS,
  });
  const tunnels = useQuery({
    queryKey: tunnelsKey,
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.tunnels, tunnelListResponseSchema, { signal })).tunnels,
    refetchInterval: REFETCH_MS,
  });
  const mqtt = useQuery({
    queryKey: ['mqtt', 'status'],
    queryFn: async ({ signal }) => api.request(PATHS.mqtt, mqttStatusResponseSchema, { signal }),
    refetchInterval: REFETCH_MS,
  });
  const keys = useQuery({
    queryKey: ['gateway', 'keys'],
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.gatewayKeys, gatewayKeyListResponseSchema, { signal })).keys,
    refetchInterval: REFETCH_MS,
  });
  const models = useQuery({
    queryKey: ['gateway', 'models'],
    queryFn: async ({ signal }) => api.request(PATHS.gatewayModels, gatewayModelsResponseSchema, { signal }),
    refetchInterval: REFETCH_MS,
  });
  return { endpoints, tunnels, mqtt, keys, models };
}

export function useMqttSettings() {
  const api = useApi();
  return useQuery({
    queryKey: ['mqtt', 'settings'],
    queryFn: async ({ signal }) => api.request(PATHS.mqttSettings, mqttSettingsResponseSchema, { signal }),
    staleTime: 10_000,
  });
}

function useChange<Input, Response>(queryKey: readonly string[], run: (input: Input) => Promise<Response>) {
  const client = useQueryClient();
  return useMutation({ mutationFn: run, onSettled: async () => client.invalidateQueries({ queryKey }) });
}

export function useCreateTunnel() {
  const api = useApi();
  return useChange(tunnelsKey, async (input: TunnelInput) =>
    api.request(PATHS.tunnels, tunnelResponseSchema, { method: 'POST', body: input }),
  );
}

export function useStartTunnel() {
  const api = useApi();
  return useChange(tunnelsKey, async (id: string) =>
    api.request(fillPath(PATHS.tunnelStart, id), tunnelResponseSchema, { method: 'POST' }),
  );
}

export function useTestTunnel() {
  const api = useApi();
  return useMutation({
    mutationFn: async (input: TunnelInput) =>
      api.request(PATHS.tunnelTest, tunnelTestResponseSchema, { method: 'POST', body: input }),
  });
}

export function useSwitchMqttOn() {
  const api = useApi();
  return useChange(['mqtt'], async (input: MqttSettingsInput) =>
    api.request(PATHS.mqttSettings, mqttSettingsResponseSchema, { method: 'PUT', body: input }),
  );
}
