import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { tempDir } from '../runner/testing/temp-dir.ts';

interface Ran {
  status: number | null;
  output: string;
}

/** A project with prepare.js and a dependency that wants a Node of the future; its lock file is of a version that npm warns of. */
function project(): string {
  const dir = tempDir();
  const manifest = (folder: string, fields: object): void => {
    mkdirSync(join(dir, folder), { recursive: true });
    writeFileSync(
      join(dir, folder, 'package.json'),
      JSON.stringify({ name: folder, version: '1.0.0', ...fields }),
    );
  };
  manifest('future', { engines: { node: '>=99' } });
  manifest('.', { name: 'project', type: 'module', dependencies: { future: 'file:future' } });
  const dependencies = { future: { version: 'file:future' } };
  writeFileSync(
    join(dir, 'package-lock.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', lockfileVersion: 1, dependencies }),
  );
  for (const name of ['prepare.js', 'no-engine-warnings.cjs'])
    cpSync(join(import.meta.dirname, name), join(dir, 'scripts', name));
  // Built already.
  mkdirSync(join(dir, '.cache', 'shim'), { recursive: true });
  writeFileSync(join(dir, '.cache', 'shim', 'shim.cjs'), '');
  return dir;
}

function run(cwd: string, command: string, args: readonly string[]): Ran {
  const { status, stdout, stderr } = spawnSync(command, args, {
    cwd,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  return { status, output: stdout + stderr };
}

test('npm ci is quiet about engines only: other warnings stay', () => {
  const dir = project();
  const bare = run(dir, 'npm', ['ci', '--no-audit', '--no-fund']);
  expect(bare.output).toMatch(/EBADENGINE.*future@1\.0\.0/);
  rmSync(join(dir, 'node_modules'), { recursive: true });

  const { status, output } = run(dir, process.execPath, ['scripts/prepare.js']);
  expect(output).not.toMatch(/engine/i);
  expect(output).toMatch(/^npm warn (ancient|old) lockfile/im);
  expect(status).toBe(0);
  expect(existsSync(join(dir, 'node_modules', 'future', 'package.json'))).toBe(true);
});

test('a failure of npm ci is shown, and ends the preparation with 1', () => {
  const dir = project();
  rmSync(join(dir, 'package-lock.json'));
  const { status, output } = run(dir, process.execPath, ['scripts/prepare.js']);
  expect(output).toMatch(/npm error[^]*package-lock\.json[^]*npm ci failed\. Fix what is reported above/i);
  expect(status).toBe(1);
});
