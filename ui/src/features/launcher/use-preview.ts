/** A target as a command line for a shell: what is shown, and what Copy copies. */
import { useMemo } from 'react';
import type { LaunchCommand, LaunchTarget, RecipeContext, Shell } from '#contract/launch-form';
import { maskEnv, maskSecrets, maskText } from '#launch/mask-secrets';
import { quoteCommand } from '#launch/quote-command';
import { buildCommand } from '#launch/recipes';

export interface Preview {
  shown: string;
  /** With secrets: it is meant to run. */
  copied: string;
}

export function usePreview(
  target: LaunchTarget | null,
  context: RecipeContext | null,
  shell: Shell,
): Preview | null {
  return useMemo(() => {
    if (target === null || context === null) return null;
    const command = buildCommand(target, context);
    return { shown: quoteCommand(masked(command), shell), copied: quoteCommand(command, shell) };
  }, [target, context, shell]);
}

function masked(command: LaunchCommand): LaunchCommand {
  return {
    ...command,
    cmd: maskText(command.cmd),
    args: maskSecrets(command.args),
    env: maskEnv(command.env),
  };
}
