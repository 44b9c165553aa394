/** What this machine has: its models and its facts. */
import { Router } from 'express';
import { PATHS } from '#contract/paths';
import type { System } from '../system/system.ts';

export function systemRoutes({ models, facts }: Pick<System, 'models' | 'facts'>): Router {
  const router = Router();

  /** `{ok, models, folders, faults}`; files that cannot be read are in `faults`. */
  router.get(PATHS.models, async (_req, res) => {
    res.json({ ok: true, ...(await models()) });
  });

  /** SystemResponse. */
  router.get(PATHS.system, async (_req, res) => {
    res.json(await facts());
  });

  return router;
}
