/** Endpoints: list, add, change, remove and check. */
import { Router } from 'express';
import { endpointChangeSchema, endpointInputSchema } from '#contract/endpoint';
import { PATHS } from '#contract/paths';
import type { EndpointRegistry } from '../serving/endpoints/endpoint-registry.ts';
import { idOf, validate } from './validate.ts';

/** Every route with an id answers 404 ENDPOINT_NOT_FOUND for an unknown one, every change 507 STORAGE_FAILED. Keys are never answered. */
export function endpointRoutes({ endpoints }: { endpoints: EndpointRegistry }): Router {
  const router = Router();

  /** `{ok, endpoints: [Endpoint]}`: the one of LLM_SERVER_URL first, then in the order in which they were made. */
  router.get(PATHS.endpoints, (_req, res) => {
    res.json({ ok: true, endpoints: endpoints.list() });
  });

  /** Body: EndpointInput. Answers 201 `{ok, endpoint}` after a first check, also when it is offline; 409 ENDPOINT_EXISTS. */
  router.post(PATHS.endpoints, async (req, res) => {
    const endpoint = await endpoints.create(validate(endpointInputSchema, req.body));
    res.status(201).json({ ok: true, endpoint });
  });

  /** `{ok, endpoint}` as the last check found it. */
  router.get(PATHS.endpoint, (req, res) => {
    res.json({ ok: true, endpoint: endpoints.get(idOf(req)) });
  });

  /** Body: EndpointChange; absent fields stay. Answers `{ok, endpoint}`; 409 ENDPOINT_EXISTS; 400 for fields that the launch form or the environment sets. */
  router.patch(PATHS.endpoint, async (req, res) => {
    res.json({
      ok: true,
      endpoint: await endpoints.change(idOf(req), validate(endpointChangeSchema, req.body)),
    });
  });

  /** Answers `{ok}`; 409 ENDPOINT_IN_USE for one that was not added by hand. */
  router.delete(PATHS.endpoint, (req, res) => {
    endpoints.remove(idOf(req));
    res.json({ ok: true });
  });

  /** Answers `{ok, endpoint}` after a fresh check; whether it is reachable is in its `status`. */
  router.post(PATHS.endpointPing, async (req, res) => {
    res.json({ ok: true, endpoint: await endpoints.ping(idOf(req)) });
  });

  return router;
}
