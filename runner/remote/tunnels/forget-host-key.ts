/** Takes a host key out of the file where tunnels keep them, with ssh's own tool: entries may be hashed. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { AppError, messageOf } from '../../base/errors.ts';

const run = promisify(execFile);

/** `name` as ssh writes it: a host, or `[host]:port`. One that is not known is fine. Throws STORAGE_FAILED. */
export async function forgetHostKey(name: string, knownHosts: string): Promise<void> {
  if (!existsSync(knownHosts) || !/^[A-Za-z0-9_[][A-Za-z0-9_.:[\]-]*$/.test(name)) return;
  try {
    await run('ssh-keygen', ['-f', knownHosts, '-R', name], { timeout: 10_000 });
  } catch (error) {
    // A name that is not in it ends with 255, too.
    if (messageOf(error).includes('not found in')) return;
    throw new AppError(
      'STORAGE_FAILED',
      `The host key of ${name} could not be forgotten: ${messageOf(error)}`,
      { cause: error },
    );
  }
}
