/** Settings of the MQTT mode that come from the environment: they beat what was set in the page, and are shown there as fixed. */
import { z } from 'zod';
import { mqttSettingsSchema } from '#contract/mqtt';
import type { MqttSettings } from '#contract/mqtt';
import { flag, list } from '../../base/environment-values.ts';

const { shape } = mqttSettingsSchema;
const port = z.coerce.number().int().min(0).max(65_535);

/** Part of the schema of all variables. The address may hold user and password, as it does elsewhere. */
export const MQTT_VARIABLES = {
  MQTT_BROKER_URL: z
    .url({
      protocol: /^mqtts?$/,
      error: 'must be an address such as mqtt://broker.example:1883 or mqtts://broker.example:8883',
    })
    .optional(),
  /** The seeds' way; MQTT_BROKER_URL beats it. */
  MQTT_BROKER_HOST: shape.embeddedHost.unwrap().optional(),
  MQTT_BROKER_PORT: port.default(1883),
  MQTT_USERNAME: z.string().min(1).max(256).optional(),
  MQTT_PASSWORD: z.string().min(1).max(1024).optional(),
  MQTT_CA_FILE: z.string().min(1).optional(),
  MQTT_PREFIX: shape.prefix.unwrap().optional(),
  MQTT_PROJECTS: list(',').pipe(shape.projects.unwrap()).optional(),
  MQTT_WORKER: flag.optional(),
  MQTT_EMBEDDED_HOST: shape.embeddedHost.unwrap().optional(),
  MQTT_EMBEDDED_PORT: port.optional(),
};
const variablesSchema = z.object(MQTT_VARIABLES);

/** What the environment says; `password` null: nothing. */
export interface MqttEnvironment {
  settings: Partial<Omit<MqttSettings, 'worker' | 'client' | 'telemetry'>>;
  isWorker: boolean | null;
  password: string | null;
  /** LLM_COMM_MODE=mqtt: chats go to the workers behind the broker. */
  isDefault: boolean;
}

export function mqttEnvironment(
  values: z.infer<typeof variablesSchema>,
  isDefault: boolean,
): MqttEnvironment {
  const broker = brokerOf(values);
  const given = {
    ...broker.settings,
    username: values.MQTT_USERNAME ?? broker.username,
    caFile: values.MQTT_CA_FILE,
    prefix: values.MQTT_PREFIX,
    projects: values.MQTT_PROJECTS,
    embeddedHost: values.MQTT_EMBEDDED_HOST,
    embeddedPort: values.MQTT_EMBEDDED_PORT,
  };
  const set = Object.fromEntries(
    Object.entries(given).filter(([, value]) => value !== undefined && value !== null),
  );
  const isOn = isDefault || values.MQTT_WORKER !== undefined || Object.keys(set).length > 0;
  return {
    settings: { ...(isOn ? { isEnabled: true } : {}), ...set },
    isWorker: values.MQTT_WORKER ?? null,
    password: values.MQTT_PASSWORD ?? broker.password,
    isDefault,
  };
}

interface GivenBroker {
  settings: Pick<Partial<MqttSettings>, 'broker' | 'url'>;
  username: string | null;
  password: string | null;
}

function brokerOf(values: z.infer<typeof variablesSchema>): GivenBroker {
  if (values.MQTT_BROKER_URL !== undefined) {
    const url = new URL(values.MQTT_BROKER_URL);
    const username = url.username === '' ? null : decodeURIComponent(url.username);
    const password = url.password === '' ? null : decodeURIComponent(url.password);
    url.username = '';
    url.password = '';
    return { settings: { broker: 'external', url: url.href.replace(/\/+$/, '') }, username, password };
  }
  const host = values.MQTT_BROKER_HOST;
  if (host === undefined) return { settings: {}, username: null, password: null };
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
  return {
    settings: { broker: 'external', url: `mqtt://${name}:${values.MQTT_BROKER_PORT}` },
    username: null,
    password: null,
  };
}
