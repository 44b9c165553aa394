/** Endpoints: base URLs that speak the OpenAI API, launched here or added by hand. */
import { z } from 'zod';
import { recipeSchema } from './launch-form.ts';
import { textValuesSchema } from './text-values.ts';

export const endpointStatusSchema = z.enum(['online', 'loading', 'offline']);
export type EndpointStatus = z.infer<typeof endpointStatusSchema>;

/** "launched": by this runner, its id is the process id; "manual": added by hand; "environment": the one of LLM_SERVER_URL; "tunnel": behind a tunnel of that id; "mqtt": workers behind the broker. */
export const endpointSourceSchema = z.enum(['launched', 'manual', 'environment', 'tunnel', 'mqtt']);
export type EndpointSource = z.infer<typeof endpointSourceSchema>;

/**
 * `baseUrl` has no `/v1` and no slash at its end. `context` is the tokens of one slot, `slots` how many requests run at once and
 * `busySlots` how many do now, `vision` whether images are understood: each null where the server does not tell. `latencyMs` and
 * `checkedAt` (ISO 8601) are of the last check; `problem` says in words why it is not online, else null; `problemCode` and
 * `problemValues` say it for other languages (endpoint-problem.ts lists them; older runners do not send them). `launch` is the launch form's
 * recipe and masked command line of a launched one, `processId` its process. `onDemand`: a request launches it when it is offline;
 * `isGateway`: it is another runner's gateway, which serves several models (older runners send neither).
 */
export const endpointSchema = z.object({
  id: z.string(),
  name: z.string(),
  baseUrl: z.string(),
  source: endpointSourceSchema,
  status: endpointStatusSchema,
  model: z.string().nullable(),
  models: z.array(z.string()),
  context: z.number().int().nullable(),
  slots: z.number().int().nullable(),
  busySlots: z.number().int().nullable(),
  vision: z.boolean().nullable(),
  hasApiKey: z.boolean(),
  defaultPresetId: z.string().nullable(),
  processId: z.string().nullable(),
  onDemand: z.boolean().optional(),
  isGateway: z.boolean().optional(),
  launch: z.object({ recipe: recipeSchema, command: z.string() }).nullable(),
  latencyMs: z.number().nullable(),
  checkedAt: z.string().nullable(),
  problem: z.string().nullable(),
  problemCode: z.string().nullish(),
  problemValues: textValuesSchema.nullish(),
});
export type Endpoint = z.infer<typeof endpointSchema>;

/** `http://host:port`, with or without `/v1` and slashes at the end, which are taken off; a path before it stays (base path of a proxy). */
const baseUrlSchema = z
  .string()
  .trim()
  .max(2048)
  .pipe(z.url({ protocol: /^https?$/, error: 'must be an address such as http://127.0.0.1:8080' }))
  .refine((url) => !/[?#]/.test(url), 'must not hold a query or a fragment')
  .refine((url) => !/^https?:\/\/[^/]*@/i.test(url), 'must not hold a password: use the API key field')
  .transform((url) => url.replace(/\/+$/, '').replace(/\/v1$/, '').replace(/\/+$/, ''));

/** Body of `POST /api/endpoints`. `model` is what requests name where a server has several; absent: its first. */
export const endpointInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  baseUrl: baseUrlSchema,
  apiKey: z
    .string()
    .trim()
    .max(512)
    .regex(/^[\x21-\x7e]*$/, 'holds characters that cannot be sent in a header')
    .optional(),
  model: z.string().trim().min(1).max(256).nullish(),
  defaultPresetId: z.string().max(64).nullish(),
});
export type EndpointInput = z.infer<typeof endpointInputSchema>;

/** Body of `PATCH /api/endpoints/:id`: what is absent stays; `apiKey` "" removes the key, and a `baseUrl` of another host does, too, unless a key comes with it. Of a launched one only `defaultPresetId` and `model` can be changed. */
export const endpointChangeSchema = endpointInputSchema.partial();
export type EndpointChange = z.infer<typeof endpointChangeSchema>;

export const endpointListResponseSchema = z.object({
  ok: z.literal(true),
  endpoints: z.array(endpointSchema),
});
/** Also the answer of `POST /api/endpoints/:id/ping`, after a fresh check: a server that does not answer is no failed request, see `status` and `problem`. */
export const endpointResponseSchema = z.object({ ok: z.literal(true), endpoint: endpointSchema });
