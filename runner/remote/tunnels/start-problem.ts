/** Why ssh could not be started, as a problem of its tunnel. */
import { tunnelProblem, type FoundProblem } from '#contract/tunnel-problem';
import { AppError, messageOf } from '../../base/errors.ts';

export function problemOfStart(error: unknown): FoundProblem {
  if (!(error instanceof AppError)) return tunnelProblem('not-started', { reason: messageOf(error) });
  if (error.code === 'COMMAND_NOT_FOUND') return tunnelProblem('ssh-missing', {});
  const { port, program, pid } = (error.details ?? {}) as {
    port?: number;
    program?: string | null;
    pid?: number | null;
  };
  if (error.code !== 'PORT_TAKEN' || port === undefined)
    return tunnelProblem('not-started', { reason: error.message });
  return program
    ? tunnelProblem('local-port-busy', { port, holder: `${program} (pid ${pid})` })
    : tunnelProblem('local-port-busy-unnamed', { port });
}
