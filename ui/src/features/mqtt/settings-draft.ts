/** The settings of the MQTT mode while they are typed; checked by the schema of the request. Pure. */
import { mqttSettingsInputSchema, type MqttSettings, type MqttSettingsInput } from '#contract/mqtt';

export interface SettingsDraft {
  broker: MqttSettings['broker'];
  url: string;
  username: string;
  /** "": as it is. */
  password: string;
  caFile: string;
  embeddedHost: string;
  embeddedPort: string;
  prefix: string;
  isWorker: boolean;
  /** None: all. */
  endpoints: string[];
  queueLimit: string;
  isClient: boolean;
  projects: string[];
  isTelemetry: boolean;
  isHomeAssistant: boolean;
}

const FIELDS = [
  'url',
  'username',
  'password',
  'caFile',
  'embeddedHost',
  'embeddedPort',
  'prefix',
  'queueLimit',
  'projects',
] as const;
type FaultyField = (typeof FIELDS)[number];
export type SettingsFaults = { [field in FaultyField]?: true };

export function toSettingsDraft({ worker, client, telemetry, ...rest }: MqttSettings): SettingsDraft {
  return {
    broker: rest.broker,
    url: rest.url ?? '',
    username: rest.username ?? '',
    password: '',
    caFile: rest.caFile ?? '',
    embeddedHost: rest.embeddedHost,
    embeddedPort: String(rest.embeddedPort),
    prefix: rest.prefix,
    isWorker: worker.isEnabled,
    endpoints: worker.endpoints ?? [],
    queueLimit: String(worker.queueLimit),
    isClient: client.isEnabled,
    projects: rest.projects,
    isTelemetry: telemetry.isEnabled,
    isHomeAssistant: telemetry.isHomeAssistant,
  };
}

/** `input` is null while there are faults. `fixed` fields go as they are: the environment's. */
export function readSettingsDraft(
  draft: SettingsDraft,
  settings: MqttSettings,
): { input: MqttSettingsInput | null; faults: SettingsFaults } {
  const parsed = mqttSettingsInputSchema.safeParse({
    isEnabled: settings.isEnabled,
    broker: draft.broker,
    url: orNull(draft.url),
    username: orNull(draft.username),
    ...(draft.password !== '' && { password: draft.password }),
    caFile: orNull(draft.caFile),
    embeddedHost: draft.embeddedHost,
    embeddedPort: numberOf(draft.embeddedPort),
    prefix: draft.prefix,
    worker: {
      isEnabled: draft.isWorker,
      endpoints: draft.endpoints.length === 0 ? null : draft.endpoints,
      queueLimit: numberOf(draft.queueLimit),
    },
    client: { isEnabled: draft.isClient },
    projects: draft.projects,
    telemetry: { isEnabled: draft.isTelemetry, isHomeAssistant: draft.isHomeAssistant },
  });
  const names = parsed.success ? [] : parsed.error.issues.flatMap(({ path }) => path.map(String));
  if (draft.broker === 'external' && draft.url.trim() === '') names.push('url');
  const faults: SettingsFaults = Object.fromEntries(
    FIELDS.filter((field) => names.includes(field)).map((field) => [field, true]),
  );
  return { input: parsed.success && names.length === 0 ? parsed.data : null, faults };
}

function orNull(text: string): string | null {
  return text.trim() === '' ? null : text;
}

function numberOf(text: string): number {
  return text.trim() === '' ? NaN : Number(text);
}
