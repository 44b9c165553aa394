/** The gateway's own REST: API keys, routes from model names to endpoints, live requests and usage. What `/v1` speaks is the OpenAI API. */
import { z } from 'zod';
import { textValuesSchema } from './text-values.ts';

/** The groups of `/v1` routes that a key may be limited to. "other": what is passed through besides (rerank, tokenize, messages, responses …). */
export const gatewayRouteGroupSchema = z.enum(['models', 'chat', 'completions', 'embeddings', 'other']);
export type GatewayRouteGroup = z.infer<typeof gatewayRouteGroupSchema>;

const limit = z.number().int().min(1).max(1_000_000_000).nullable();

/**
 * Body of `POST /api/gateway/keys`. `models` are names, with `*` for any characters; empty: all. `routes` empty: all. Limits null: none;
 * `tokenQuota` counts prompt and answer over the key's whole life. `expiresAt` is ISO 8601.
 */
export const gatewayKeyInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  models: z.array(z.string().trim().min(1).max(256)).max(100).default([]),
  routes: z.array(gatewayRouteGroupSchema).max(10).default([]),
  requestsPerMinute: limit.default(null),
  tokensPerMinute: limit.default(null),
  tokenQuota: limit.default(null),
  expiresAt: z.iso.datetime({ offset: true }).nullable().default(null),
});
export type GatewayKeyInput = z.infer<typeof gatewayKeyInputSchema>;

/** Body of `PATCH /api/gateway/keys/:id`: what is absent stays. Without defaults, which zod fills in even where a field is optional. */
export const gatewayKeyChangeSchema = z
  .strictObject({
    name: gatewayKeyInputSchema.shape.name,
    models: z.array(z.string().trim().min(1).max(256)).max(100),
    routes: z.array(gatewayRouteGroupSchema).max(10),
    requestsPerMinute: limit,
    tokensPerMinute: limit,
    tokenQuota: limit,
    expiresAt: z.iso.datetime({ offset: true }).nullable(),
  })
  .partial();
export type GatewayKeyChange = z.infer<typeof gatewayKeyChangeSchema>;

/** A key without its secret. `hint` is its beginning, to tell keys apart; "environment": of API_KEYS, cannot be changed here. */
export const gatewayKeySchema = z.object({
  id: z.string(),
  hint: z.string(),
  source: z.enum(['managed', 'environment']),
  ...gatewayKeyInputSchema.shape,
  createdAt: z.string().nullable(),
  lastUsedAt: z.string().nullable(),
  revokedAt: z.string().nullable(),
  usedRequests: z.number().int(),
  usedTokens: z.number().int(),
});
export type GatewayKey = z.infer<typeof gatewayKeySchema>;

export const gatewayKeyListResponseSchema = z.object({
  ok: z.literal(true),
  keys: z.array(gatewayKeySchema),
});
export const gatewayKeyResponseSchema = z.object({ ok: z.literal(true), key: gatewayKeySchema });
/** Answer of `POST /api/gateway/keys`. `secret` is shown this once; only its hash is kept. */
export const gatewayKeyCreatedResponseSchema = gatewayKeyResponseSchema.extend({ secret: z.string() });

/**
 * A model name of the gateway's own. Requests for it go to `targets`: the lowest `priority` that has one alive, within it the least busy by
 * `weight`. `model` is the name that the endpoint knows, null: its own. `fallback` are other model names to try, in order, when none is alive.
 */
export const gatewayRouteSchema = z.strictObject({
  model: z.string().trim().min(1).max(256),
  targets: z
    .array(
      z.strictObject({
        endpointId: z.string().min(1).max(64),
        model: z.string().trim().min(1).max(256).nullable().default(null),
        weight: z.number().min(0.01).max(1000).default(1),
        priority: z.number().int().min(0).max(100).default(0),
      }),
    )
    .max(100)
    .default([]),
  fallback: z.array(z.string().trim().min(1).max(256)).max(10).default([]),
});
export type GatewayRoute = z.infer<typeof gatewayRouteSchema>;
export const gatewayRouteListResponseSchema = z.object({
  ok: z.literal(true),
  routes: z.array(gatewayRouteSchema),
});
export const gatewayRouteResponseSchema = z.object({ ok: z.literal(true), route: gatewayRouteSchema });

/** One request as it is accounted. Times in ms, tokens null where the server did not tell; `status` is the HTTP status, 499: the client left. */
export const gatewayRequestSchema = z.object({
  id: z.string(),
  at: z.string(),
  keyId: z.string().nullable(),
  keyName: z.string().nullable(),
  model: z.string().nullable(),
  endpointId: z.string().nullable(),
  route: z.string(),
  isStream: z.boolean(),
  status: z.number().int(),
  errorCode: z.string().nullable(),
  promptTokens: z.number().int().nullable(),
  completionTokens: z.number().int().nullable(),
  firstTokenMs: z.number().nullable(),
  durationMs: z.number(),
  tokensPerSecond: z.number().nullable(),
});
export type GatewayRequest = z.infer<typeof gatewayRequestSchema>;

/** A request that is being answered. "queued": it waits, for a free slot or for a model to be loaded, at that `place` (1 is next; null: it does not wait). */
export const gatewayLiveRequestSchema = gatewayRequestSchema
  .pick({
    id: true,
    at: true,
    keyId: true,
    keyName: true,
    model: true,
    endpointId: true,
    route: true,
    isStream: true,
  })
  .extend({
    state: z.enum(['queued', 'asked', 'answering']),
    tokens: z.number().int(),
    place: z.number().int().nullish(),
  });
export type GatewayLiveRequest = z.infer<typeof gatewayLiveRequestSchema>;
export const gatewayLiveResponseSchema = z.object({
  ok: z.literal(true),
  requests: z.array(gatewayLiveRequestSchema),
});

/**
 * Why the gateway lets no one in without a key although it knows no managed key. "keys-lost": there were keys, but its store was damaged,
 * replaced or removed, and has none. "keys-unreadable": the store cannot be opened, or rows of keys in it cannot be read. Keys of API_KEYS
 * work; a new key ends it.
 */
export const gatewayLockSchema = z.enum(['keys-lost', 'keys-unreadable']);
export type GatewayLock = z.infer<typeof gatewayLockSchema>;

/**
 * `GET /api/gateway/models`: the saved profiles that requests launch, and the room that they share. `id` is the endpoint's and the process's.
 * `memoryMb` is the setting or the estimate, null: neither; `idleUnloadAt` is set while a loaded one has nothing to do and is not to stay;
 * `problem` says why the last load failed; `problemCode` and `problemValues` say it for other languages (load-problem.ts; older runners do not
 * send them). `budgetMb` null: no limit; `usedMb` is what the loaded and loading ones take.
 */
export const gatewayModelsResponseSchema = z.object({
  ok: z.literal(true),
  models: z.array(
    z.object({
      id: z.string(),
      profileId: z.string(),
      profileName: z.string(),
      model: z.string().nullable(),
      state: z.enum(['unloaded', 'loading', 'loaded', 'unloading']),
      inFlight: z.number().int(),
      waiting: z.number().int(),
      pinned: z.boolean(),
      group: z.string().nullable(),
      memoryMb: z.number().nullable(),
      idleUnloadAt: z.string().nullable(),
      problem: z.string().nullable(),
      problemCode: z.string().nullish(),
      problemValues: textValuesSchema.nullish(),
    }),
  ),
  budgetMb: z.number().nullable(),
  usedMb: z.number(),
  queueLimit: z.number().int(),
  /** The gateway's own listener, `http://host:port/v1`; null: it has none. */
  gatewayUrl: z.string().nullable(),
  /** null: it is not locked. Older runners do not send it. */
  locked: gatewayLockSchema.nullish(),
});
export type GatewayModels = z.infer<typeof gatewayModelsResponseSchema>;

/** `GET /api/gateway/usage?hours=24&step=60`: sums per step of minutes, key and model, and the latest requests. */
export const gatewayUsageResponseSchema = z.object({
  ok: z.literal(true),
  buckets: z.array(
    z.object({
      at: z.string(),
      keyId: z.string().nullable(),
      model: z.string().nullable(),
      requests: z.number().int(),
      errors: z.number().int(),
      promptTokens: z.number().int(),
      completionTokens: z.number().int(),
    }),
  ),
  latest: z.array(gatewayRequestSchema),
});
