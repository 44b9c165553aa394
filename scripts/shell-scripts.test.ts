import { execFileSync, spawnSync } from 'node:child_process';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { runScript } from './testing/run-script.ts';

const root = join(import.meta.dirname, '..');
const SKIPPED = new Set(['node_modules', '.git', '.cache']);
const find = (pattern: string): string[] =>
  globSync(pattern, { cwd: root, exclude: (name) => SKIPPED.has(name) });

const shellScripts = ['.ci/run', ...find('**/*.sh')];
const batchFiles = find('**/*.bat');

test('all scripts are found', () => {
  expect(shellScripts).toEqual(
    expect.arrayContaining(['start_runner.sh', 'scripts/deploy.sh', 'scripts/maintain_tunnel.sh']),
  );
  expect(batchFiles).toEqual(expect.arrayContaining(['start_runner.bat', 'scripts/start_llm_server.bat']));
});

test('every shell script passes shellcheck', () => {
  const { status, stdout, error } = spawnSync('shellcheck', shellScripts, { cwd: root, encoding: 'utf8' });
  expect(error).toBeUndefined();
  expect(stdout).toBe('');
  expect(status).toBe(0);
});

test.each(shellScripts.filter((file) => /^(scripts|\.ci)\//.test(file)))(
  '%s stops at the first failure and may be executed',
  (file) => {
    expect(readFileSync(join(root, file), 'utf8')).toMatch(
      /^#!\/usr\/bin\/env bash\n[\s\S]*^set -euo pipefail$/m,
    );
    expect(() => execFileSync('test', ['-x', join(root, file)])).not.toThrow();
  },
);

test.each(['start_llm_server.sh', 'maintain_tunnel.sh', 'deploy.sh', 'quick_start.sh'])(
  '%s prints its usage',
  async (name) => {
    const { code, output } = await runScript(name, { args: ['--help'] });
    expect(output).toMatch(new RegExp(`^Usage: ${name}`));
    expect(code).toBe(0);
  },
);

// No Windows runs them here, so their text is checked for what cmd.exe fails on.
test.each(batchFiles)('%s has the line ends and labels that cmd.exe needs', (file) => {
  const text = readFileSync(join(root, file), 'utf8');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text).toMatch(/^[\x20-\x7e\r\n]*$/);
  const labels = [...text.matchAll(/^:(\w+)\r$/gm)].map(([, label]) => label);
  expect(labels.length).toBe(new Set(labels).size);
  for (const [, label] of text.matchAll(/\bgoto (\w+)/g)) expect(labels).toContain(label);
});

test.each(['start_llm_server', 'maintain_tunnel'])(
  '%s has the same options and variables on Windows',
  (name) => {
    const helpOf = (file: string): string[] =>
      [
        ...readFileSync(join(root, 'scripts', file), 'utf8').matchAll(
          /^(?:echo )? {2}(?:(--[a-z-]+)(?: [A-Z.a-z]+)?| {15,}) *([A-Z_]{2,})?/gm,
        ),
      ]
        .map(([, option = '', variable = '']) => `${option} ${variable}`.trim())
        .filter((words) => words !== '');
    const options = helpOf(`${name}.sh`);
    expect(options.length).toBeGreaterThan(9);
    expect(helpOf(`${name}.bat`)).toEqual(options);
  },
);
