import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { quoteCommand } from './quote-command.ts';

const word = fc
  .array(
    fc.oneof(
      fc.constantFrom(...Array.from(' \t\n\'"`$%!^&|<>()[]{};,*?#~=\\/-@:ab1€’')),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 2 }),
    ),
    { maxLength: 10 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '').replaceAll('\r', ''))
  .filter((text) => text.isWellFormed());
const words = fc.array(word, { maxLength: 5 });

/** cmd.exe's prompt as it is documented, at its strictest: any name between two % that could be a variable's is taken for one. */
function readByCmd(line: string): string[] {
  for (const [, name = ''] of line.matchAll(/%(?=([^%]*)%)/g)) {
    if (!/^[\^"]/.test(name)) throw new Error(`%${name}% would be replaced`);
  }
  let read = '';
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const character = line.charAt(at);
    if (character === '^' && !isQuoted) {
      at += line[at + 1] === '\n' ? 2 : 1;
      read += line.charAt(at);
      continue;
    }
    if (character === '"') isQuoted = !isQuoted;
    if (character === '\n' || (!isQuoted && '&|<>()'.includes(character)))
      throw new Error(`${character} ends the command in ${line}`);
    read += character;
  }
  return readByRuntime(read);
}

/** The C runtime: 2n backslashes and a quote are n and a quote that groups, one more makes it a plain quote; "" inside quotes is a plain quote. */
function readByRuntime(line: string): string[] {
  const args: string[] = [];
  let arg: string | null = null;
  let isQuoted = false;
  for (let at = 0; at < line.length; at += 1) {
    const [backslashes = ''] = /^\\*/.exec(line.slice(at)) ?? [];
    const isBeforeQuote = line[at + backslashes.length] === '"';
    if (backslashes !== '') {
      arg =
        (arg ?? '') + backslashes.slice(0, isBeforeQuote ? Math.floor(backslashes.length / 2) : undefined);
      at += backslashes.length - 1;
      if (isBeforeQuote && backslashes.length % 2 === 1) {
        arg += '"';
        at += 1;
      }
    } else if (line[at] === '"' && isQuoted && line[at + 1] === '"') {
      arg = `${arg ?? ''}"`;
      at += 1;
    } else if (line[at] === '"') {
      isQuoted = !isQuoted;
      arg ??= '';
    } else if (!isQuoted && /[ \t]/.test(line.charAt(at))) {
      if (arg !== null) args.push(arg);
      arg = null;
    } else {
      arg = (arg ?? '') + line.charAt(at);
    }
  }
  return arg === null ? args : [...args, arg];
}

/** PowerShell in argument mode, as far as quoted words and harmless bare ones go; anything else is an error. */
function readByPowershell(line: string): string[] {
  const token = /(?<gap> )|(?<bare>[\w/\\:.&-]+)|['‘’‚‛](?<quoted>(?:['‘’‚‛]{2}|[^'‘’‚‛])*)['‘’‚‛]/gy;
  const args: string[] = [];
  let end = 0;
  for (const { 0: text, groups = {} } of line.matchAll(token)) {
    end += text.length;
    if (groups['gap'] !== undefined) continue;
    args.push(groups['bare'] ?? (groups['quoted'] ?? '').replaceAll(/(['‘’‚‛])['‘’‚‛]/g, '$1'));
  }
  if (end !== line.length) throw new Error(`cannot read ${line.slice(end)}`);
  return args;
}

describe('cmd.exe line', () => {
  test.each([
    ['a b', '"a b"'],
    ['', '""'],
    ['C:\\my models\\', '"C:\\my models\\\\"'],
    ['a&b|c>d', '"a&b|c>d"'],
    ['say "hi"', '^"say^ \\^"hi\\^"^"'],
    ['\\"', '^"\\\\\\^"^"'],
    ['100%', '"100"^%""'],
    ['%PATH%', '""^%"PATH"^%""'],
    ['"%A%"', '^"\\^"^%^A^%^\\^"^"'],
    ['a\nb', '^"a^\n\nb^"'],
    ['wow!', '"wow!"'],
    ['a^b', '"a^b"'],
    ['x=1,2;3', '"x=1,2;3"'],
    ['šđ€', '"šđ€"'],
  ])('writes %j as %s', (arg, quoted) => {
    expect(quoteCommand({ cmd: 'x', args: [arg] }, 'cmd')).toBe(`x ${quoted}`);
  });

  test('gives the program exactly the arguments, as its documented rules read them', () => {
    fc.assert(
      fc.property(words, (args) => {
        const line = quoteCommand({ cmd: 'C:\\Program Files\\x%1.exe', args }, 'cmd');
        expect(readByCmd(line)).toEqual(['C:\\Program Files\\x%1.exe', ...args]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('sets variables before', () => {
    expect(quoteCommand({ cmd: 'x', args: [], env: { A: 'b c', B: '50% "q"' } }, 'cmd')).toBe(
      'set "A=b c" && set ^"B=50^%^ ^"q^"^" && x',
    );
  });
});

describe('PowerShell line', () => {
  test.each([
    ['a b', "'a b'"],
    ['', "''"],
    ["it's", "'it''s'"],
    ['it’s', "'it’’s'"],
    ['$HOME', "'$HOME'"],
    ['a`b', "'a`b'"],
    ['{"a":1}', '\'{"a":1}\''],
    ['@x', "'@x'"],
    ['-a.b', "'-a.b'"],
    ['1kb', "'1kb'"],
    ['a,b', "'a,b'"],
    ['0.0.0.0', "'0.0.0.0'"],
    ['C:\\models\\a.gguf', 'C:\\models\\a.gguf'],
    ['007', "'007'"],
  ])('writes %j as %s', (arg, quoted) => {
    expect(quoteCommand({ cmd: 'x', args: [arg] }, 'powershell')).toBe(`x ${quoted}`);
  });

  test('gives the program exactly the arguments, as its documented rules read them', () => {
    fc.assert(
      fc.property(words, (args) => {
        const line = quoteCommand({ cmd: 'C:\\Program Files\\x.exe', args }, 'powershell');
        expect(readByPowershell(line)).toEqual(['&', 'C:\\Program Files\\x.exe', ...args]);
      }),
      { numRuns: 2_000 },
    );
  });

  test('calls a keyword as a program, and sets variables before', () => {
    expect(quoteCommand({ cmd: 'For', args: [], env: { A: "b'c" } }, 'powershell')).toBe(
      "$env:A='b''c'; & 'For'",
    );
  });
});
