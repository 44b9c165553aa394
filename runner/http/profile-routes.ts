/** Saved launch profiles: list, make, change, copy, remove, export and import. */
import { Router } from 'express';
import type { Request } from 'express';
import { PATHS } from '#contract/paths';
import { profileChangeSchema, profileExportSchema, profileInputSchema } from '#contract/profile';
import type { ProfileStore } from '../profiles/profile-store.ts';
import { idOf, validate } from './validate.ts';

/** Every route with an id answers 404 PROFILE_NOT_FOUND for an unknown one, every change 507 STORAGE_FAILED when it cannot be saved. */
export function profileRoutes({ profiles }: { profiles: ProfileStore }): Router {
  const router = Router();

  /** `{ok, profiles: [Profile]}`, in the order in which they were made. */
  router.get(PATHS.profiles, (_req, res) => {
    res.json({ ok: true, profiles: profiles.list() });
  });

  /** Body: ProfileInput. Answers 201 `{ok, profile}`; 409 PROFILE_EXISTS when the name is in use. */
  router.post(PATHS.profiles, async (req, res) => {
    const profile = await profiles.create(validate(profileInputSchema, req.body));
    res.status(201).json({ ok: true, profile });
  });

  /** ProfileExport as a file to keep; API keys and secret variables are not in it. */
  router.get(PATHS.profilesExport, (_req, res) => {
    res.set('content-disposition', 'attachment; filename="llm-profiles.json"').json(profiles.exportAll());
  });

  /** Body: ProfileExport. Answers 201 `{ok, profiles}` with the added ones: all or none. */
  router.post(PATHS.profilesImport, async (req, res) => {
    const added = await profiles.importAll(validate(profileExportSchema, req.body));
    res.status(201).json({ ok: true, profiles: added });
  });

  router.get(PATHS.profile, (req, res) => {
    res.json({ ok: true, profile: profiles.get(idOf(req)) });
  });

  /** Body: ProfileChange; absent fields stay. PUT and PATCH are the same. Answers `{ok, profile}`; 409 PROFILE_EXISTS. */
  const change = async (req: Request) => profiles.change(idOf(req), validate(profileChangeSchema, req.body));
  router.put(PATHS.profile, async (req, res) => {
    res.json({ ok: true, profile: await change(req) });
  });
  router.patch(PATHS.profile, async (req, res) => {
    res.json({ ok: true, profile: await change(req) });
  });

  /** Answers `{ok}`. */
  router.delete(PATHS.profile, async (req, res) => {
    await profiles.remove(idOf(req));
    res.json({ ok: true });
  });

  /** Answers 201 `{ok, profile}`: the copy, with a name and a process id of its own. */
  router.post(PATHS.profileDuplicate, async (req, res) => {
    res.status(201).json({ ok: true, profile: await profiles.duplicate(idOf(req)) });
  });

  return router;
}
