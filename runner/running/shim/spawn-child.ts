/** Starts the child of a run: a process group of its own, output in pipes, the run's cookie in its environment. */
import { spawn as spawnPosix } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { RUN_KEY_VARIABLE } from '../os/run-members.ts';
import type { RunOrder } from './protocol.ts';

/** Resolves once the child runs; rejects with Node's spawn error (ENOENT, EACCES …). */
export async function spawnChild(order: RunOrder): Promise<ChildProcess> {
  const spawn = await loadSpawn();
  const child = spawn(order.cmd, order.args, {
    cwd: order.cwd,
    env: {
      ...inherited(),
      ...order.env,
      LLM_RUNNER_PROCESS: `${order.id}:${order.run}`,
      [RUN_KEY_VARIABLE]: order.key,
    },
    // On POSIX "detached" is setsid: the shim stays outside the group that a stop kills.
    detached: process.platform !== 'win32',
    windowsHide: true,
    shell: order.shell,
    stdio: [order.stdin, 'pipe', 'pipe'],
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  child.on('error', () => undefined);
  return child;
}

/** cross-spawn mends Windows (.cmd, shebangs, quoting) and passes straight through on POSIX, where loading it would cost each shim memory for nothing. */
async function loadSpawn(): Promise<typeof spawnPosix> {
  return process.platform === 'win32' ? (await import('cross-spawn')).default.spawn : spawnPosix;
}

/** Our own compile cache is nothing to a child that happens to be Node. */
function inherited(): NodeJS.ProcessEnv {
  const { NODE_COMPILE_CACHE: _ours, ...rest } = process.env;
  return rest;
}
