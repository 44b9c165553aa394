/** What a launch would run, before it runs: preview, what the page needs to preview by itself, and the hardware presets. */
import { Router } from 'express';
import type { z } from 'zod';
import { launchTargetSchema } from '#contract/launch-form';
import type {
  LaunchContextResponse,
  previewResponseSchema,
  Recipe,
  RecipeContext,
} from '#contract/launch-form';
import { PATHS } from '#contract/paths';
import { AppError } from '../base/errors.ts';
import { HARDWARE_PRESETS } from '../launch/hardware-presets.ts';
import { faultDetails } from '../launch/launch-fault.ts';
import { quoteCommand } from '../launch/quote-command.ts';
import { buildCommand, launchFaults } from '../launch/recipes.ts';
import { validate } from './validate.ts';

export interface LaunchRouteParts {
  /** The machine as it is now; `host` is where a port must be free. */
  recipeContext: (host: string) => Promise<RecipeContext>;
  /** The recipe to offer first. */
  defaultRecipe: () => Exclude<Recipe, 'ssh-tunnel'>;
  /** Path of the shipped model, null where it is missing. */
  demoModel: string | null;
}

const LOOPBACK = '127.0.0.1';

export function launchRoutes({ recipeContext, defaultRecipe, demoModel }: LaunchRouteParts): Router {
  const router = Router();

  /** Body: a launch target. Answers `{ok, command, line: {posix, cmd, powershell}}`; what cannot be launched here is an error with `details: {field, reason, values}`. */
  router.post(PATHS.preview, async (req, res) => {
    const target = validate(launchTargetSchema, req.body);
    const context = await recipeContext('host' in target.form ? target.form.host : LOOPBACK);
    const [fault] = launchFaults(target, context);
    if (fault !== undefined) throw new AppError(fault.code, fault.message, { details: faultDetails(fault) });
    const command = buildCommand(target, context);
    const line = {
      posix: quoteCommand(command, 'posix'),
      cmd: quoteCommand(command, 'cmd'),
      powershell: quoteCommand(command, 'powershell'),
    };
    const answer: z.infer<typeof previewResponseSchema> = { ok: true, command, line };
    res.json(answer);
  });

  /** `{ok, context, defaultRecipe, demoModel}`. */
  router.get(PATHS.launchContext, async (_req, res) => {
    const answer: LaunchContextResponse = {
      ok: true,
      context: await recipeContext(LOOPBACK),
      defaultRecipe: defaultRecipe(),
      demoModel,
    };
    res.json(answer);
  });

  /** `{ok, presets: [HardwarePreset]}`. */
  router.get(PATHS.hardwarePresets, (_req, res) => {
    res.json({ ok: true, presets: HARDWARE_PRESETS });
  });

  return router;
}
