/** The `embedded` recipe: the runner's own small server, which needs nothing installed. It speaks llama-server's flags, without vision. */
import type { LaunchCommand, RecipeContext, ServerForm } from '#contract/launch-form';
import { launchFault, type LaunchFault } from './launch-fault.ts';
import { llamaServerCommand } from './llama-server-recipe.ts';

/** llama-server's own arguments behind another program. */
export function embeddedCommand(form: ServerForm, context: RecipeContext): LaunchCommand {
  const { mmproj: _projector, ...rest } = form;
  const command = llamaServerCommand(rest, context);
  return { ...command, cmd: context.binaries.node, args: [context.binaries.engine, ...command.args] };
}

/** A projector is a fault, not a field to pass over: a vision model without its eyes answers nonsense. */
export function embeddedFaults(form: ServerForm): LaunchFault[] {
  return form.mmproj
    ? [launchFault({ code: 'INVALID_REQUEST', field: 'mmproj' }, 'embedded-sees-no-images', {})]
    : [];
}
