/** Chooses the shim's program: the built file where it is up to date, else the sources themselves. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { ShimProgram } from '../running/processes/start-shim.ts';

const BUILT = join(import.meta.dirname, '..', '..', '.cache', 'shim', 'shim.cjs');

export function chooseShimProgram(compileCacheDir: string): ShimProgram {
  const sources = ['shim', 'segments', 'os'].map((folder) =>
    join(import.meta.dirname, '..', 'running', folder),
  );
  const isFresh = existsSync(BUILT) && sources.every((folder) => newestIn(folder) <= statSync(BUILT).mtimeMs);
  return {
    entry: isFresh ? BUILT : join(import.meta.dirname, '..', 'running', 'shim', 'main.ts'),
    compileCacheDir,
  };
}

function newestIn(folder: string): number {
  return Math.max(...readdirSync(folder).map((name) => statSync(join(folder, name)).mtimeMs));
}
