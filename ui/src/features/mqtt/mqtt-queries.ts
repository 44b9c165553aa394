/** What the screen reads and changes of the MQTT mode; and the endpoints that its worker may serve. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { endpointListResponseSchema } from '#contract/endpoint';
import {
  mqttSettingsResponseSchema,
  mqttStatusResponseSchema,
  mqttTestResponseSchema,
  type MqttSettingsInput,
} from '#contract/mqtt';
import { PATHS } from '#contract/paths';
import { useApi } from '../../api/api-context.ts';

const mqttKey = ['mqtt'] as const;
const STATUS_EVERY_MS = 2000;

/** Read anew often, as workers come and go; not while nobody looks. */
export function useMqtt() {
  const api = useApi();
  return useQuery({
    queryKey: [...mqttKey, 'status'],
    queryFn: async ({ signal }) => api.request(PATHS.mqtt, mqttStatusResponseSchema, { signal }),
    refetchInterval: STATUS_EVERY_MS,
  });
}

export function useMqttSettings() {
  const api = useApi();
  return useQuery({
    queryKey: [...mqttKey, 'settings'],
    queryFn: async ({ signal }) => api.request(PATHS.mqttSettings, mqttSettingsResponseSchema, { signal }),
    staleTime: 10_000,
  });
}

export function useSaveMqttSettings() {
  const api = useApi();
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (input: MqttSettingsInput) =>
      api.request(PATHS.mqttSettings, mqttSettingsResponseSchema, { method: 'PUT', body: input }),
    onSettled: async () => client.invalidateQueries({ queryKey: mqttKey }),
  });
}

/** null: the settings in force. */
export function useTestMqtt() {
  const api = useApi();
  return useMutation({
    mutationFn: async (input: MqttSettingsInput | null) =>
      api.request(PATHS.mqttTest, mqttTestResponseSchema, {
        method: 'POST',
        ...(input !== null && { body: input }),
      }),
  });
}

/** The same entry of the cache as everywhere: the event stream keeps it fresh (app/live-updates.ts). */
export function useMqttEndpoints() {
  const api = useApi();
  return useQuery({
    queryKey: ['endpoints'],
    queryFn: async ({ signal }) =>
      (await api.request(PATHS.endpoints, endpointListResponseSchema, { signal })).endpoints,
    staleTime: 10_000,
  });
}
