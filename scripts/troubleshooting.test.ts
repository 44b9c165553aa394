import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..');

/** The texts in the sources as patterns in which an interpolated value may be anything. */
function texts(): RegExp[] {
  const sources = globSync('runner/**/*.ts', {
    cwd: root,
    exclude: (name) => name === 'testing' || name.endsWith('.test.ts'),
  });
  const literals = sources.flatMap(
    (file) => readFileSync(join(root, file), 'utf8').match(/'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [],
  );
  return literals
    .map((literal) => literal.slice(1, -1).replaceAll(/\$\{[^}]*\}|\{\{\w+\}\}/g, '\0'))
    .filter((text) => text.replaceAll('\0', '').length > 12)
    .map((text) => new RegExp(`^${text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll('\0', '.+')}$`));
}

test('every message that the troubleshooting page quotes is one that the product shows', () => {
  const page = readFileSync(join(root, 'docs', 'troubleshooting.md'), 'utf8');
  const quoted = [...page.matchAll(/^\| "(.+?)" +\|/gm), ...page.matchAll(/[:.] "([^"]+\.)"/g)].map(
    ([, message = '']) => message,
  );
  expect(quoted.length).toBeGreaterThan(30);
  const known = texts();
  expect(quoted.filter((message) => !known.some((pattern) => pattern.test(message)))).toEqual([]);
});

test('the pages link to files that are there', () => {
  for (const file of ['README.md', ...globSync('docs/*.md', { cwd: root })]) {
    const targets = [...readFileSync(join(root, file), 'utf8').matchAll(/\]\((?!https?:)([^)#]+)/g)].map(
      ([, target = '']) => target,
    );
    for (const target of targets)
      expect(globSync(join(root, file, '..', target)), `${target} in ${file}`).not.toEqual([]);
  }
});
