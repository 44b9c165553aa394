/** Prompt presets: list, make, change, copy, remove, export and import. */
import { Router } from 'express';
import type { Request } from 'express';
import { z } from 'zod';
import { PATHS } from '#contract/paths';
import { presetChangeSchema, presetExportSchema, presetInputSchema } from '#contract/preset';
import type { PresetStore } from '../chat/presets/preset-store.ts';
import { idOf, validate } from './validate.ts';

/** Every route with an id answers 404 PRESET_NOT_FOUND for an unknown one, every change 507 STORAGE_FAILED when it cannot be saved. */
export function presetRoutes({ presets }: { presets: PresetStore }): Router {
  const router = Router();

  /** `{ok, presets: [Preset]}`: the shipped ones, then the user's own, each by name. */
  router.get(PATHS.presets, (_req, res) => {
    res.json({ ok: true, presets: presets.list() });
  });

  /** Body: PresetInput. Answers 201 `{ok, preset}`; 409 PRESET_EXISTS when the name is in use. */
  router.post(PATHS.presets, async (req, res) => {
    const preset = await presets.create(validate(presetInputSchema, req.body));
    res.status(201).json({ ok: true, preset });
  });

  /** PresetExport as a file to keep: the user's own, or those of `?ids=a,b`; 404 PRESET_NOT_FOUND where there is none. */
  router.get(PATHS.presetsExport, (req, res) => {
    const ids = idsOf(req);
    const exported = ids.length === 0 ? presets.exportAll() : presets.exportAll(ids);
    res.set('content-disposition', 'attachment; filename="llm-presets.json"').json(exported);
  });

  /** Body: PresetExport. Answers 201 `{ok, presets}` with the added ones: all or none. */
  router.post(PATHS.presetsImport, async (req, res) => {
    const added = await presets.importAll(validate(presetExportSchema, req.body));
    res.status(201).json({ ok: true, presets: added });
  });

  /** `{ok, preset}`. */
  router.get(PATHS.preset, (req, res) => {
    res.json({ ok: true, preset: presets.get(idOf(req)) });
  });

  /** Body: PresetChange; absent fields stay. Answers `{ok, preset}`; 409 PRESET_EXISTS, PRESET_READ_ONLY for a shipped one. */
  router.patch(PATHS.preset, async (req, res) => {
    res.json({ ok: true, preset: await presets.change(idOf(req), validate(presetChangeSchema, req.body)) });
  });

  /** Answers `{ok}`; 409 PRESET_READ_ONLY for a shipped one. */
  router.delete(PATHS.preset, async (req, res) => {
    await presets.remove(idOf(req));
    res.json({ ok: true });
  });

  /** Answers 201 `{ok, preset}`: the copy, the user's own, with a name of its own. */
  router.post(PATHS.presetDuplicate, async (req, res) => {
    res.status(201).json({ ok: true, preset: await presets.duplicate(idOf(req)) });
  });

  return router;
}

function idsOf(req: Request): string[] {
  const ids = validate(z.union([z.string(), z.array(z.string())]).optional(), req.query['ids']) ?? [];
  return [ids]
    .flat()
    .flatMap((list) => list.split(','))
    .filter((id) => id !== '');
}
