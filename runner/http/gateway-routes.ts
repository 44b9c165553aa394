/** The gateway's own REST: API keys, routes of model names, usage and live requests. `/v1` itself is the gateway's. */
import { Router } from 'express';
import { z } from 'zod';
import { gatewayKeyChangeSchema, gatewayKeyInputSchema, gatewayRouteSchema } from '#contract/gateway';
import type { GatewayLiveRequest, GatewayModels } from '#contract/gateway';
import { PATHS } from '#contract/paths';
import { AppError } from '../base/errors.ts';
import type { Accounting } from '../gateway/accounting/accounting.ts';
import type { KeyStore } from '../gateway/keys/key-store.ts';
import type { RouteStore } from '../serving/models/route-store.ts';
import { idOf, validate } from './validate.ts';

const LATEST = 100;
const MAX_STEPS = 1500;

const usageQuerySchema = z
  .object({
    hours: z.coerce.number().int().min(1).max(720).default(24),
    step: z.coerce.number().int().min(1).max(1440).default(60),
  })
  .refine(({ hours, step }) => (hours * 60) / step <= MAX_STEPS, {
    error: `is too short for so many hours: more than ${MAX_STEPS} steps`,
    path: ['step'],
  });

export interface GatewayRouteParts {
  keys: KeyStore;
  routes: RouteStore;
  accounting: Accounting;
  models: () => Omit<GatewayModels, 'ok'>;
  live: {
    list: () => GatewayLiveRequest[];
    /** false: there is no such request, or it has just ended. */
    cancel: (id: string) => boolean;
  };
}

/** Every change answers 507 STORAGE_FAILED when it cannot be saved, 400 INVALID_REQUEST naming the fields that are wrong. */
export function gatewayRoutes({ keys, routes, accounting, models, live }: GatewayRouteParts): Router {
  const router = Router();

  /** `{ok, keys: [GatewayKey]}`: those of API_KEYS, then the managed ones as they were made, revoked ones too. Never a secret. */
  router.get(PATHS.gatewayKeys, (_req, res) => {
    res.json({ ok: true, keys: keys.list() });
  });

  /** Body: GatewayKeyInput. Answers 201 `{ok, key, secret}`: the one time that the secret is told. 400 for an `expiresAt` in the past. */
  router.post(PATHS.gatewayKeys, (req, res) => {
    res
      .status(201)
      .set('cache-control', 'no-store')
      .json({ ok: true, ...keys.create(validate(gatewayKeyInputSchema, req.body)) });
  });

  /** `{ok, key}`; 404 for an unknown id, as below. */
  router.get(PATHS.gatewayKey, (req, res) => {
    res.json({ ok: true, key: keys.get(idOf(req)) });
  });

  /** Body: GatewayKeyChange; absent fields stay. Answers `{ok, key}`; 409 for a key of the environment. */
  router.patch(PATHS.gatewayKey, (req, res) => {
    res.json({ ok: true, key: keys.change(idOf(req), validate(gatewayKeyChangeSchema, req.body)) });
  });

  /** At once and for good; again is fine. Answers `{ok, key}`; 409 for a key of the environment. */
  router.post(PATHS.gatewayKeyRevoke, (req, res) => {
    res.json({ ok: true, key: keys.revoke(idOf(req)) });
  });

  /** Forgets a revoked key and its counters. Answers `{ok}`; 409 while it is not revoked, and for a key of the environment. */
  router.delete(PATHS.gatewayKey, (req, res) => {
    keys.remove(idOf(req));
    res.json({ ok: true });
  });

  /** `{ok, routes: [GatewayRoute]}`, by model. */
  router.get(PATHS.gatewayRoutes, (_req, res) => {
    res.json({ ok: true, routes: routes.list() });
  });

  /** Body: GatewayRoute, in place of the one that its model had. Answers `{ok, route}`; 400 where it leads nowhere or in a circle. */
  router.put(PATHS.gatewayRoutes, (req, res) => {
    res.json({ ok: true, route: routes.put(validate(gatewayRouteSchema, req.body)) });
  });

  /** The id is the model's name, URL-encoded. Answers `{ok}`; 404 where the model has no route. */
  router.delete(PATHS.gatewayRoute, (req, res) => {
    routes.remove(idOf(req));
    res.json({ ok: true });
  });

  /** GatewayModels: saved profiles that requests launch, what they take, the gateway's own address, and whether it is locked. */
  router.get(PATHS.gatewayModels, (_req, res) => {
    res.json({ ok: true, ...models() });
  });

  /**
   * `?hours=24&step=60` (minutes; at most 720 hours and 1500 steps). Answers `{ok, buckets, latest}`: sums per step, key and model (steps
   * without requests are left out), and the 100 requests that ended last.
   */
  router.get(PATHS.gatewayUsage, (req, res) => {
    const { hours, step } = validate(usageQuerySchema, req.query);
    res.json({
      ok: true,
      buckets: accounting.usage({ hours, stepMinutes: step }),
      latest: accounting.latest(LATEST),
    });
  });

  /** `{ok, requests: [GatewayLiveRequest]}`: those that are waiting or being answered. */
  router.get(PATHS.gatewayLive, (_req, res) => {
    res.json({ ok: true, requests: live.list() });
  });

  /** Ends it, upstream too. Answers `{ok}`; 404 NOT_FOUND when it has ended already. */
  router.post(PATHS.gatewayLiveCancel, (req, res) => {
    const id = idOf(req);
    if (!live.cancel(id))
      throw new AppError('NOT_FOUND', `There is no live request with the id ${id}. It may have ended.`);
    res.json({ ok: true });
  });

  return router;
}
