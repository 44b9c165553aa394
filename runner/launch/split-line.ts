/** Splits a pasted command line as the shell it was written for would: variables set in front, then the words. The reverse of quote-command.ts. */
import type { Shell } from '#contract/launch-form';
import { splitArgs } from './split-args.ts';

export interface SplitLine {
  env: Record<string, string>;
  words: string[];
}

/** The shell whose marks the line bears; Windows paths and `.exe` mean cmd.exe, as POSIX would eat the backslashes. */
export function guessShell(line: string): Shell {
  if (/^\s*(&|\$env:)|`\r?\n/.test(line)) return 'powershell';
  return /^\s*set "?\w+=|\b[A-Za-z]:\\|\\\\\w|\.exe\b|\^\r?\n/i.test(line) ? 'cmd' : 'posix';
}

export function splitLine(line: string, shell: Shell): SplitLine {
  switch (shell) {
    case 'posix':
      return splitPosix(line.trim());
    case 'cmd':
      return splitCmd(line.trim());
    case 'powershell':
      return splitPowershell(line.trim());
  }
  return shell satisfies never;
}

/** One part of a word: 'literal', "with escapes", \c or plain. A backslash before a line break joins the lines. */
const POSIX_PART =
  /'(?<literal>[^']*)'|"(?<escaped>(?:\\[\s\S]|[^"\\])*)"|(?<joint>\\\r?\n)|\\(?<character>[\s\S])|(?<blank>\s+)|(?<plain>[\s\S])/g;

const POSIX_QUOTING: Quoting = {
  literal: (text) => text,
  escaped: (text) => text.replaceAll(/\\([$`"\\]|\r?\n)/g, (_all, character: string) => (character.endsWith('\n') ? '' : character)),
};

function splitPosix(line: string): SplitLine {
  const words = wordsOf(line, POSIX_PART, POSIX_QUOTING);
  return { env, words };
}

function envOf(text: string): RegExpExecArray | null {
  return /^\$env:(?<name>\w+)\s*=\s*['‘’‚‛](?<value>(?:['‘’‚‛]{2}|[^'‘’‚‛])*)['‘’‚‛]\s*;\s*/.exec(text);
}

function undoubled(literal: string): string {
  return literal.replaceAll(/(['‘’‚‛])['‘’‚‛]/g, '$1');
}

interface Quoting {
  literal: (text: string) => string;
  escaped: (text: string) => string;
}

function wordsOf(line: string, part: RegExp, quoting: Quoting): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const { groups = {} } of line.matchAll(part)) {
    if (groups['joint'] !== undefined) continue;
    if (groups['blank'] === undefined) {
      word = (word ?? '') + textOf(groups, quoting);
    } else if (word !== null) {
      words.push(word);
      word = null;
    }
  }
  return word === null ? words : [...words, word];
}

function textOf({ literal, escaped, character, plain }: Partial<Record<string, string>>, quoting: Quoting): string {
  if (literal !== undefined) return quoting.literal(literal);
  return escaped === undefined ? (character ?? plain ?? '') : quoting.escaped(escaped);
}
