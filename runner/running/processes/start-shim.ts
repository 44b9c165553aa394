/** Starts the shim of one run and waits for its handshake: after that the run no longer needs this process. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { AppError } from '../../base/errors.ts';
import { createMessageReader } from '../shim/protocol.ts';
import type { Handshake } from '../shim/protocol.ts';
import { closeQuietly, STORAGE_CURE } from './process-files.ts';
import type { ProcessFiles } from './process-files.ts';

export interface ShimProgram {
  entry: string;
  /** Folder for Node's compile cache: without it every shim would load the TypeScript stripper. */
  compileCacheDir: string;
}

/** Resolves with the child's pid and start time; throws the spawn error of the child as AppError. */
export async function startShim(
  program: ShimProgram,
  files: ProcessFiles,
): Promise<{ pid: number; startedAt: string }> {
  const errors = files.openShimErrors();
  const shim = spawn(process.execPath, [program.entry, files.orderFile], {
    detached: true,
    stdio: ['ignore', 'pipe', errors],
    env: shimEnvironment(program.compileCacheDir),
    windowsHide: true,
  });
  closeQuietly(errors);
  shim.unref();
  const handshake = await readHandshake(shim);
  shim.stdout?.destroy();
  if (handshake.ok) return handshake;
  throw spawnFailure(handshake);
}

async function readHandshake(shim: ChildProcess): Promise<Handshake> {
  return new Promise((resolve, reject) => {
    const read = createMessageReader<Handshake>(resolve);
    shim.stdout?.on('data', read);
    shim.once('error', (error) =>
      reject(
        new AppError('INTERNAL', `The keeper program did not start: ${error.message}`, { cause: error }),
      ),
    );
    shim.once('exit', (code, signal) => {
      reject(
        new AppError(
          'INTERNAL',
          `The keeper program ended before the child started (code ${code}, signal ${signal}).`,
        ),
      );
    });
  });
}

function spawnFailure(failure: { code: string; message: string }): AppError {
  switch (failure.code) {
    case 'ENOENT':
      return new AppError(
        'COMMAND_NOT_FOUND',
        `The command was not found: ${failure.message}. Check its path.`,
      );
    case 'EACCES':
      return new AppError(
        'COMMAND_NOT_EXECUTABLE',
        `The command may not be executed: ${failure.message}. Check its permissions.`,
      );
    case 'STORAGE':
      return new AppError(
        'STORAGE_FAILED',
        `The log of the process cannot be written: ${failure.message}. ${STORAGE_CURE}`,
      );
    default:
      return new AppError('SPAWN_FAILED', `The command could not be started: ${failure.message}.`);
  }
}

/** What the child inherits: the runner's own secrets and npm's leavings stay here. */
function shimEnvironment(compileCacheDir: string): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^npm_/i.test(name) &&
      !['RUNNER_TOKEN', 'API_KEYS', 'LLM_API_KEY', 'LLM_RUNNER_PROCESS', 'LLM_RUNNER_RUN_KEY'].includes(name),
  );
  return { ...Object.fromEntries(kept), NODE_COMPILE_CACHE: compileCacheDir };
}
