/** Looks before the leap: folder, program and port of a launch, each with an error that says what to do. */
import { delimiter, isAbsolute, join, resolve } from 'node:path';
import { AppError } from '../../base/errors.ts';
import { isDirectory, isFile, isProgram } from '../os/file-kind.ts';
import { describePortOwner } from '../os/port-owner.ts';
import { isPortFree } from './free-port.ts';
import type { ProcessSpec } from './process-spec.ts';

/** Throws CWD_NOT_FOUND, COMMAND_NOT_FOUND or COMMAND_NOT_EXECUTABLE. `searchPath` is the PATH that the child will have. */
export function checkCommand(spec: Pick<ProcessSpec, 'cmd' | 'cwd' | 'shell'>, searchPath: string): void {
  const cwd = spec.cwd ?? process.cwd();
  if (!isDirectory(cwd)) {
    throw new AppError(
      'CWD_NOT_FOUND',
      `The working folder ${cwd} does not exist. Create it or choose another one.`,
      { details: { cwd } },
    );
  }
  // A shell finds its own commands; on Windows PATHEXT and the registry take part: there the spawn itself answers.
  if (spec.shell || process.platform === 'win32') return;
  const candidates = spec.cmd.includes('/')
    ? [isAbsolute(spec.cmd) ? spec.cmd : resolve(cwd, spec.cmd)]
    : searchPath.split(delimiter).map((dir) => join(dir, spec.cmd));
  const found = candidates.filter((path) => isFile(path));
  if (found.length === 0) {
    const where = spec.cmd.includes('/')
      ? 'There is no such file.'
      : 'It is not in any folder of PATH. Install it or give its full path.';
    throw new AppError('COMMAND_NOT_FOUND', `The command ${spec.cmd} was not found. ${where}`, {
      details: { command: spec.cmd },
    });
  }
  if (!found.some((path) => isProgram(path))) {
    const path = found[0] ?? spec.cmd;
    throw new AppError(
      'COMMAND_NOT_EXECUTABLE',
      `${path} is not executable. Allow it with: chmod +x ${path}`,
      { details: { path } },
    );
  }
}

/** Throws PORT_TAKEN, naming who holds the port: another of our processes, or a program by name and pid where the system tells. */
export async function checkPort(
  at: { host: string; port: number },
  ownerAmongOurs: (port: number) => string | null,
): Promise<void> {
  if (await isPortFree(at.port, at.host)) return;
  const ours = ownerAmongOurs(at.port);
  const owner = describePortOwner(at.port);
  const program = owner === null ? 'another program' : `${owner.name} (pid ${owner.pid})`;
  const holder = ours === null ? program : `the process "${ours}"`;
  throw new AppError(
    'PORT_TAKEN',
    `Port ${at.port} is taken by ${holder}. Stop it, or choose another port or "auto".`,
    {
      details: { port: at.port, processId: ours, pid: owner?.pid ?? null, program: owner?.name ?? null },
    },
  );
}
