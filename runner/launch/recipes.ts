/** From a launch target to the command that runs, and what stands in its way. The preview and the launch both call this; the recipes know the flags. */
import type { LaunchCommand, LaunchTarget, RecipeContext, ServerForm } from '#contract/launch-form';
import { commandCommand } from './command-recipe.ts';
import { embeddedCommand, embeddedFaults } from './embedded-recipe.ts';
import { llamaCppPythonCommand } from './llama-cpp-python-recipe.ts';
import { llamaServerCommand, llamaServerFaults } from './llama-server-recipe.ts';
import type { LaunchFault } from './launch-fault.ts';
import { scriptCommand, scriptFaults } from './script-recipe.ts';

export type { LaunchFault } from './launch-fault.ts';

/** Never throws: a target with faults becomes the command that would run if they were mended. */
export function buildCommand(target: LaunchTarget, context: RecipeContext): LaunchCommand {
  switch (target.recipe) {
    case 'llama-server':
      return llamaServerCommand(target.form, context);
    case 'llama_cpp.server':
      return llamaCppPythonCommand(target.form, context);
    case 'embedded':
      return embeddedCommand(target.form, context);
    case 'script':
      return scriptCommand(target.form, context);
    case 'command':
      return commandCommand(target.form);
  }
  return target satisfies never;
}

/** What keeps the target from being launched on the machine of `context`; empty when nothing does. Files are not looked at. */
export function launchFaults(target: LaunchTarget, context: RecipeContext): LaunchFault[] {
  switch (target.recipe) {
    case 'llama-server':
      return llamaServerFaults(target.form, context);
    case 'embedded':
      return embeddedFaults(target.form);
    case 'script':
      return scriptFaults(target.form, context);
    case 'llama_cpp.server':
    case 'command':
      return [];
  }
  return target satisfies never;
}

const IGNORED_BY: Partial<Record<LaunchTarget['recipe'], readonly (keyof ServerForm)[]>> = {
  'llama_cpp.server': ['parallel'],
  // It runs on the processor, and on the runner's own Node.
  embedded: ['gpuLayers', 'binary'],
};

/** Names of filled-in fields that the recipe's server makes no use of, so that the page can say "ignored by this server". */
export function ignoredFields(target: LaunchTarget): string[] {
  const form: Partial<Record<string, unknown>> = target.form;
  return (IGNORED_BY[target.recipe] ?? []).filter((field) => form[field] !== undefined && form[field] !== '');
}
