// oxlint-disable-next-line no-restricted-imports -- only a real shell can judge the quoting; tests are no part of the page
import { spawnSync } from 'node:child_process';
import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteCommand } from './quote-command.ts';

/** Words that a quoting is likely to get wrong: every special character is far more frequent than in plain random text. */
const word = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from(' \t\n\'"`$%!^&|<>()[]{};,*?#~=\\/-@:ab1€’')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '').replaceAll('\r', ''))
  // Lone halves of characters cannot be passed to a program at all.
  .filter((text) => text.isWellFormed());
const words = fc.array(word, { maxLength: 5 });

describe.each(['/bin/sh', 'bash'])('POSIX line in %s', (shell) => {
  const printed = (line: string): string[] => {
    const { stdout } = spawnSync(shell, ['-c', line], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'] ?? '' },
    });
    return stdout.split('\0').slice(0, -1);
  };

  test('gives the program exactly the arguments', () => {
    fc.assert(
      // Many commands in one shell: starting one takes longer than a thousand lines in it.
      fc.property(fc.array(words, { minLength: 20, maxLength: 60, size: 'max' }), (commands) => {
        const lines = commands.map((args) =>
          quoteCommand({ cmd: 'printf', args: [String.raw`%s\0`, 'next', ...args] }, 'posix'),
        );
        expect(printed(lines.join('\n'))).toEqual(commands.flatMap((args) => ['next', ...args]));
      }),
      { numRuns: 10 },
    );
  });

  test('sets the variables for that command', () => {
    fc.assert(
      fc.property(word, word, (first, second) => {
        const args = ['-c', String.raw`printf '%s\0' "$A_B" "$C"`];
        const line = quoteCommand({ cmd: 'sh', args, env: { A_B: first, C: second } }, 'posix');
        expect(printed(line)).toEqual([first, second]);
      }),
      { numRuns: 8 },
    );
  });

  test('runs a program with an odd name', () => {
    expect(quoteCommand({ cmd: 'if', args: [] }, 'posix')).toBe("'if'");
    expect(quoteCommand({ cmd: 'A=b', args: [] }, 'posix')).toBe("'A=b'");
    expect(quoteCommand({ cmd: "/opt/it's here/x", args: [] }, 'posix')).toBe(
      String.raw`'/opt/it'\''s here/x'`,
    );
  });
});

test('plain words stay readable in every shell', () => {
  const command = { cmd: 'llama-server', args: ['-m', '/models/a.gguf', '--port', '8000', '-ngl', '-1'] };
  for (const shell of ['posix', 'cmd', 'powershell'] as const) {
    expect(quoteCommand(command, shell)).toBe('llama-server -m /models/a.gguf --port 8000 -ngl -1');
  }
});

test('a line for a shell is shown as it is, its variables before it', () => {
  const command = { cmd: 'a && b', args: ['| c'], shell: true, env: { A: 'x y' } };
  expect(quoteCommand({ ...command, env: {} }, 'posix')).toBe('a && b | c');
  expect(quoteCommand(command, 'posix')).toBe("export A='x y'; a && b | c");
  expect(quoteCommand(command, 'cmd')).toBe('set "A=x y" && a && b | c');
});
