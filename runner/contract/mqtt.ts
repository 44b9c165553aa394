/** The MQTT mode: settings, state of the broker's connection, workers and counters, as the REST has them. */
import { z } from 'zod';
import { textValuesSchema } from './text-values.ts';

/** `message` says what is wrong, `suggestion` what to do about it, `code` and `values` the same for other languages (mqtt-problem.ts lists them); `at` is ISO 8601. */
export const mqttProblemSchema = z.object({
  code: z.string(),
  message: z.string(),
  suggestion: z.string(),
  values: textValuesSchema,
  at: z.string(),
});
export type MqttProblem = z.infer<typeof mqttProblemSchema>;

/** Levels of a topic without wildcards. */
const topicPrefixSchema = z
  .string()
  .trim()
  .min(1)
  .max(128)
  .regex(
    /^[A-Za-z0-9._-]+(\/[A-Za-z0-9._-]+)*$/,
    'holds letters, digits, ".", "_", "-" and single slashes only',
  );
const portSchema = z.number().int().min(0).max(65_535);
const hostSchema = z
  .string()
  .trim()
  .min(1)
  .max(253)
  .regex(/^[A-Za-z0-9_:.[\]-]+$/, 'is not a host name or address');
const userSchema = z
  .string()
  .trim()
  .max(256)
  .regex(/^[^\0]*$/);

export const mqttUrlSchema = z
  .string()
  .trim()
  .max(2048)
  .pipe(
    z.url({
      protocol: /^mqtts?$/,
      error: 'must be an address such as mqtt://broker.example:1883 or mqtts://broker.example:8883',
    }),
  )
  .refine(
    (url) => !/^mqtts?:\/\/[^/]*@/i.test(url),
    'must not hold user and password: they have fields of their own',
  )
  .transform((url) => url.replace(/\/+$/, ''));

/** "embedded": the runner's own broker (MQTT 3.1.1), on loopback unless `host` says otherwise; `port` 0 lets the system choose. "external": Mosquitto, EMQX or another one. */
export const mqttBrokerKindSchema = z.enum(['embedded', 'external']);

/**
 * Settings without secrets. `prefix`: topics are `<prefix>/v1/…`. `worker`: serves local endpoints to others; `endpoints` null: all that are
 * launched here, added by hand or of LLM_SERVER_URL; `queueLimit`: most requests that wait at this worker. `client`: workers of others
 * become endpoints here. `projects`: topics of the older convention (`<project>/user_input` …). `telemetry`: state of the processes, retained.
 */
export const mqttSettingsSchema = z.object({
  isEnabled: z.boolean().default(false),
  broker: mqttBrokerKindSchema.default('embedded'),
  url: mqttUrlSchema.nullable().default(null),
  username: userSchema.nullable().default(null),
  caFile: z.string().trim().min(1).max(4096).nullable().default(null),
  embeddedHost: hostSchema.default('127.0.0.1'),
  embeddedPort: portSchema.default(1883),
  prefix: topicPrefixSchema.default('llm'),
  worker: z
    .object({
      isEnabled: z.boolean().default(true),
      endpoints: z.array(z.string().max(64)).max(256).nullable().default(null),
      queueLimit: z.number().int().min(0).max(10_000).default(32),
    })
    .prefault({}),
  client: z.object({ isEnabled: z.boolean().default(true) }).prefault({}),
  projects: z.array(topicPrefixSchema).max(64).default([]),
  telemetry: z
    .object({ isEnabled: z.boolean().default(false), isHomeAssistant: z.boolean().default(false) })
    .prefault({}),
});
export type MqttSettings = z.infer<typeof mqttSettingsSchema>;

/** Body of `PUT /api/mqtt/settings` and `POST /api/mqtt/test`: the whole settings. `password`: absent keeps it, "" takes it away; told to nobody again. */
export const mqttSettingsInputSchema = z.strictObject({
  ...mqttSettingsSchema.shape,
  password: z.string().max(1024).optional(),
});
export type MqttSettingsInput = z.infer<typeof mqttSettingsInputSchema>;

/** `fixed`: fields that come from the environment and cannot be changed here. */
export const mqttSettingsResponseSchema = z.object({
  ok: z.literal(true),
  settings: mqttSettingsSchema,
  hasPassword: z.boolean(),
  fixed: z.array(z.string()),
});

export const mqttStateSchema = z.enum(['off', 'connecting', 'connected']);

const countSchema = z.number().int();

/** Since MQTT was switched on, or the settings changed. `garbage`: messages on our topics that are none of ours; `strays`: frames of nobody's or of an earlier attempt. */
export const mqttCountersSchema = z.object({
  taken: countSchema,
  answered: countSchema,
  failed: countSchema,
  cancelled: countSchema,
  handedOn: countSchema,
  refused: countSchema,
  asked: countSchema,
  askedAgain: countSchema,
  duplicates: countSchema,
  strays: countSchema,
  garbage: countSchema,
});
export type MqttCounters = z.infer<typeof mqttCountersSchema>;

/** A worker as it tells of itself. `isOwn`: this runner's. `seenAt`: its last sign of life, ISO 8601. */
export const mqttWorkerSchema = z.object({
  id: z.string(),
  name: z.string(),
  version: z.string(),
  isOwn: z.boolean(),
  seenAt: z.string(),
  models: z.array(
    z.object({
      model: z.string(),
      slots: countSchema,
      busy: countSchema,
      queued: countSchema,
      context: z.number().int().nullable(),
      vision: z.boolean().nullable(),
    }),
  ),
});
export type MqttWorker = z.infer<typeof mqttWorkerSchema>;

/**
 * Answer of `GET /api/mqtt`. `protocol` 5, or 4 for MQTT 3.1.1. `address` is the broker's, without a password; `embedded` the runner's own
 * broker while it runs, with its user and password for the other machines. `queue`: what waits for the broker, and requests that wait at
 * this runner's worker. `endpoints`: those that workers of others have here.
 */
export const mqttStatusResponseSchema = z.object({
  ok: z.literal(true),
  state: mqttStateSchema,
  protocol: z.union([z.literal(4), z.literal(5)]).nullable(),
  address: z.string().nullable(),
  connectedAt: z.string().nullable(),
  connections: countSchema,
  problem: mqttProblemSchema.nullable(),
  prefix: z.string(),
  workerId: z.string().nullable(),
  workers: z.array(mqttWorkerSchema),
  endpoints: z.array(z.object({ id: z.string(), model: z.string() })),
  counters: mqttCountersSchema,
  queue: z.object({ messages: countSchema, bytes: countSchema, requests: countSchema }),
  embedded: z
    .object({ url: z.string(), username: z.string(), password: z.string(), clients: countSchema })
    .nullable(),
});
export type MqttStatus = Omit<z.infer<typeof mqttStatusResponseSchema>, 'ok'>;

/** `POST /api/mqtt/test`: connects once with these settings (absent: the present ones) and sends itself a message. A broker that does not answer is no failed request. */
export const mqttTestResponseSchema = z.object({
  ok: z.literal(true),
  steps: z.array(
    z.object({
      step: z.enum(['connect', 'subscribe', 'round-trip']),
      ok: z.boolean(),
      ms: z.number(),
      message: z.string(),
      code: z.string(),
      values: textValuesSchema,
    }),
  ),
  protocol: z.union([z.literal(4), z.literal(5)]).nullable(),
  problem: mqttProblemSchema.nullable(),
});
export type MqttTest = Omit<z.infer<typeof mqttTestResponseSchema>, 'ok'>;
