/** The `command` recipe: any program, as the user wrote it. */
import type { CommandForm, LaunchCommand } from '#contract/launch-form';
import { guessPort } from './guess-port.ts';

export function commandCommand(form: CommandForm): LaunchCommand {
  return {
    cmd: form.cmd,
    args: form.args,
    env: form.env,
    cwd: form.cwd || null,
    shell: form.shell,
    port: form.port ?? guessPort(form.args),
    readyUrl: null,
  };
}
