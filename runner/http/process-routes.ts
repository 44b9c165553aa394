/** Launch, stop, restart, list and forget processes. Turns requests into specs; the supervisor does the rest. */
import { Router } from 'express';
import type { z } from 'zod';
import { processIdSchema } from '#contract/ids';
import { launchTargetSchema } from '#contract/launch-form';
import { PATHS } from '#contract/paths';
import {
  launchCommandRequestSchema,
  launchRecipeRequestSchema,
  startScriptRequestSchema,
  stopRequestSchema,
} from '#contract/process';
import type { LaunchResponse } from '#contract/process';
import type { Supervisor } from '../running/processes/supervisor.ts';
import type { SpecBuilder } from '../wiring/spec-builder.ts';
import { validate } from './validate.ts';

export interface ProcessRouteParts {
  supervisor: Supervisor;
  specs: SpecBuilder;
}

export function processRoutes({ supervisor, specs }: ProcessRouteParts): Router {
  const router = Router();

  /** Body: a command or a recipe with its form. Answers LaunchResponse; 409 ALREADY_RUNNING or PORT_TAKEN, 422 for what cannot be run. */
  router.post(PATHS.launch, async (req, res) => {
    const isRecipe = typeof req.body === 'object' && req.body !== null && 'recipe' in req.body;
    const spec = isRecipe
      ? await recipeSpec(specs, validate(launchRecipeRequestSchema, req.body))
      : specs.fromCommand(validate(launchCommandRequestSchema, req.body));
    res.json(await launched(supervisor, spec.id, supervisor.launch(spec)));
  });

  /** The seed's way to start a script. Answers LaunchResponse; 422 SCRIPT_UNSUPPORTED for a kind this system cannot run. */
  router.post(PATHS.startScript, async (req, res) => {
    const { id, restart, graceMs, ...form } = validate(startScriptRequestSchema, req.body);
    const target = validate(launchTargetSchema, {
      recipe: 'script',
      form: { ...form, args: form.args ?? [], env: form.env ?? {} },
    });
    const spec = await specs.fromTarget({ id, target, restart, graceMs, profileId: null });
    res.json(await launched(supervisor, id, supervisor.launch(spec)));
  });

  /** Body `{graceMs?}` or none. Answers when everything the run started is gone: `{ok, id, exit}`. Already ended: the same. */
  router.post(PATHS.stop, async (req, res) => {
    const id = idOf(req.params);
    const { graceMs } = validate(stopRequestSchema, req.body ?? {});
    res.json({ ok: true, id, exit: await supervisor.stopProcess(id, graceMs) });
  });

  /** Stops if need be and launches the same again. Answers LaunchResponse. */
  router.post(PATHS.restart, async (req, res) => {
    const id = idOf(req.params);
    const { graceMs } = validate(stopRequestSchema, req.body ?? {});
    res.json(await launched(supervisor, id, supervisor.restart(id, graceMs)));
  });

  /** `{ok, processes: [ProcessSnapshot]}`, in order of id. */
  router.get(PATHS.processes, (_req, res) => {
    res.json({ ok: true, processes: supervisor.list() });
  });

  /** `{ok, process}`: the snapshot and the launch target it came from, secrets masked. */
  router.get(PATHS.process, (req, res) => {
    const { snapshot, spec } = supervisor.get(idOf(req.params));
    res.json({ ok: true, process: { ...snapshot, target: specs.masked(spec.target) } });
  });

  /** Forgets an ended process and deletes its log. 409 STILL_RUNNING. */
  router.delete(PATHS.process, (req, res) => {
    supervisor.remove(idOf(req.params));
    res.json({ ok: true });
  });

  return router;
}

async function recipeSpec(specs: SpecBuilder, request: z.infer<typeof launchRecipeRequestSchema>) {
  const { id, recipe, form, restart, graceMs, profileId } = request;
  const target = validate(launchTargetSchema, { recipe, form });
  return specs.fromTarget({ id, target, restart, graceMs, profileId: profileId ?? null });
}

async function launched(
  supervisor: Supervisor,
  id: string,
  launching: Promise<{ pid: number; run: number }>,
): Promise<LaunchResponse> {
  const { pid, run } = await launching;
  return { ok: true, pid, id, run, port: supervisor.get(id).snapshot.port };
}

function idOf(params: Record<string, unknown>): string {
  return validate(processIdSchema, params['id']);
}
