/**
 * Where the memory of an idle runner without data goes: resident right after its start and after 10 s, beside a bare Node; by kind of mapping;
 * by loaded package. `node scripts/bench/memory.ts` (about 20 s, Linux).
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { startRunner } from '../../runner/testing/start-runner.ts';
import { loadedPackages } from './memory/loaded-packages.ts';
import { residentByMapping } from './memory/mappings.ts';
import { megabytes, printTable } from './measuring/print-table.ts';
import { processFigures } from './measuring/process-figures.ts';
import { makeFolder, withCleanup } from './measuring/with-cleanup.ts';

const IDLE_MS = 10_000;

async function bareNode(what: string, args: readonly string[]): Promise<string[]> {
  const node = spawn(process.execPath, [...args, '-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' });
  await pause(1_000);
  const row = residentRow(what, node.pid ?? 0);
  node.kill('SIGKILL');
  return row;
}

function residentRow(what: string, pid: number): string[] {
  const { residentBytes, privateBytes, peakBytes } = processFigures(pid);
  return [what, megabytes(residentBytes), megabytes(privateBytes), megabytes(peakBytes)];
}

await withCleanup(async (cleanup) => {
  const rows = [
    await bareNode('bare Node', []),
    await bareNode('bare Node that has stripped types once', ['--input-type=module-typescript']),
  ];
  const runner = await startRunner(join(makeFolder(cleanup), 'data'));
  cleanup.defer(async () => void (await runner.end('SIGTERM')));
  rows.push(residentRow('runner, right after its start', runner.pid));
  await pause(IDLE_MS);
  rows.push(residentRow(`runner, after ${IDLE_MS / 1000} s (figure: ≤ 110 MB)`, runner.pid));
  printTable(['what', 'resident', 'private', 'peak'], rows);

  console.log('\nThe runner by kind of mapping');
  printTable(
    ['mapping', 'resident'],
    residentByMapping(runner.pid).map(([kind, bytes]) => [kind, megabytes(bytes)]),
  );

  console.log(
    '\nWhat the runner has loaded. "alone": what a bare Node needs more when it imports the package; shared parts count in each.',
  );
  const packages = (await loadedPackages(cleanup)).slice(0, 20);
  printTable(
    ['package', 'modules', 'sources', 'alone'],
    packages.map(({ name, modules, sourceBytes, aloneBytes }) => [
      name,
      String(modules),
      `${(sourceBytes / 1e3).toFixed(0)} kB`,
      aloneBytes === null ? '' : megabytes(aloneBytes),
    ]),
  );
});
