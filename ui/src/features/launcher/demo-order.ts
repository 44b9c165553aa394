/** The launch of the shipped toy model with what the machine offers first. */
import { launchTargetSchema, type LaunchContextResponse } from '#contract/launch-form';
import type { LaunchOrder } from './launch-queries.ts';

/** null: no demo model was shipped, or nothing here can run one. */
export function demoOrder({ demoModel, defaultRecipe, context }: LaunchContextResponse): LaunchOrder | null {
  const parsed = launchTargetSchema.safeParse({ recipe: defaultRecipe, form: { model: demoModel } });
  return parsed.success
    ? { id: `demo_${context.freePort}`, target: parsed.data, restart: 'never', profileId: null }
    : null;
}
