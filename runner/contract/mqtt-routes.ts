/** The routes of the MQTT mode. */
import {
  mqttSettingsInputSchema,
  mqttSettingsResponseSchema,
  mqttStatusResponseSchema,
  mqttTestResponseSchema,
} from './mqtt.ts';
import { PATHS } from './paths.ts';
import type { RouteDescription } from './route-description.ts';

export const MQTT_ROUTES: readonly RouteDescription[] = [
  {
    method: 'get',
    path: PATHS.mqtt,
    summary: 'State of the MQTT mode: connection, workers, counters.',
    answer: mqttStatusResponseSchema,
  },
  {
    method: 'get',
    path: PATHS.mqttSettings,
    summary: 'Settings of the MQTT mode.',
    answer: mqttSettingsResponseSchema,
  },
  {
    method: 'put',
    path: PATHS.mqttSettings,
    summary: 'Change the settings of the MQTT mode.',
    body: [mqttSettingsInputSchema],
    answer: mqttSettingsResponseSchema,
    errors: ['INVALID_REQUEST', 'STORAGE_FAILED'],
  },
  {
    method: 'post',
    path: PATHS.mqttTest,
    summary: 'Try a broker: connect, subscribe, a message there and back.',
    body: [mqttSettingsInputSchema],
    answer: mqttTestResponseSchema,
    errors: ['INVALID_REQUEST'],
  },
];
