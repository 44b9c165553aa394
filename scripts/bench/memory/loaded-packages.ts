/** Lists what an idle runner loads, by package, and what each larger one costs a Node that imports it alone. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startRunner } from '../../../runner/testing/start-runner.ts';
import { makeFolder } from '../measuring/with-cleanup.ts';

export interface LoadedPackage {
  name: string;
  modules: number;
  sourceBytes: number;
  /** Resident memory above that of a Node without it; null: not measured. */
  aloneBytes: number | null;
}

const REPOSITORY = join(import.meta.dirname, '..', '..', '..');
const LARGE_BYTES = 50_000;

/** The largest first. */
export async function loadedPackages(cleanup: AsyncDisposableStack): Promise<LoadedPackage[]> {
  const packages = new Map<string, LoadedPackage>();
  for (const [url, length] of Object.entries(await loadedModules(cleanup))) {
    const name = packageOf(url);
    const known = packages.get(name) ?? { name, modules: 0, sourceBytes: 0, aloneBytes: null };
    packages.set(name, { ...known, modules: known.modules + 1, sourceBytes: known.sourceBytes + length });
  }
  const sorted = [...packages.values()].toSorted((a, b) => b.sourceBytes - a.sourceBytes);
  const bareBytes = residentAfter('');
  const { dependencies } = JSON.parse(readFileSync(join(REPOSITORY, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>;
  };
  return sorted.map((found) => {
    // What a package imports itself can seldom be imported by its name alone.
    if (found.sourceBytes < LARGE_BYTES || !(found.name in dependencies)) return found;
    return { ...found, aloneBytes: residentAfter(`await import('${found.name}');`) - bareBytes };
  });
}

async function loadedModules(cleanup: AsyncDisposableStack): Promise<Record<string, number>> {
  await using own = cleanup.use(new AsyncDisposableStack());
  const dir = makeFolder(own);
  const file = join(dir, 'modules.json');
  const preload = new URL('./record-modules.ts', import.meta.url);
  const runner = await startRunner(join(dir, 'data'), {
    env: { NODE_OPTIONS: `--import=${preload.href}`, RECORD_MODULES: file },
  });
  await runner.end('SIGTERM');
  return JSON.parse(readFileSync(file, 'utf8')) as Record<string, number>;
}

function packageOf(url: string): string {
  if (url.startsWith('node:')) return 'node';
  const inModules = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
  return inModules ?? 'the runner itself (TypeScript)';
}

function residentAfter(code: string): number {
  const args = [
    '--expose-gc',
    '--input-type=module',
    '-e',
    `${code} gc(); console.log(process.memoryUsage.rss());`,
  ];
  return Number(execFileSync(process.execPath, args, { cwd: REPOSITORY, encoding: 'utf8' }));
}
