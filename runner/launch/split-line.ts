/** Splits a pasted command line as the shell it was written for would: variables set in front, then the words. The reverse of quote-command.ts. */
import type { Shell } from '#contract/launch-form';
import { splitArgs } from './split-args.ts';
import { wordsOfLine } from './words-of-line.ts';
import type { Quoting } from './words-of-line.ts';

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

const POSIX: Quoting = {
  part: /'(?<literal>[^']*)'|"(?<escaped>(?:\\[\s\S]|[^"\\])*)"|(?<joint>\\\r?\n)|\\(?<character>[\s\S])|(?<blank>\s+)|(?<plain>[\s\S])/g,
  literal: (text) => text,
  escaped: (text) =>
    text.replaceAll(/\\([$`"\\]|\r?\n)/g, (_all, character: string) =>
      character.endsWith('\n') ? '' : character,
    ),
};

function splitPosix(line: string): SplitLine {
  const words = wordsOfLine(line, POSIX);
  const program = words.findIndex((word) => !/^[A-Za-z_]\w*=/.test(word));
  const cut = program < 0 ? words.length : program;
  const env = words
    .slice(0, cut)
    .map((word) => [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)] as const);
  return { env: Object.fromEntries(env), words: words.slice(cut) };
}

const CMD_SET = /^set (?:"(?<name>\w+)=(?<value>[\s\S]*?)"|(?<bareName>\w+)=(?<bareValue>[^&]*?))\s*&&\s*/;

function splitCmd(line: string): SplitLine {
  const { env, rest } = takeVariables(withoutCarets(line), CMD_SET, (value) => value);
  return { env, words: splitArgs(rest, { singleQuotes: false }) };
}

/** Outside quotes a caret makes the next character plain; before a line break it joins the lines, and a second break is a plain one. */
function withoutCarets(line: string): string {
  const replace = (all: string, newline: string | undefined, character: string | undefined): string =>
    all.startsWith('"') ? all : (character ?? newline ?? '');
  return line.replaceAll(/"[^"]*(?:"|$)|\^\r?\n(\n)?|\^([\s\S])/g, replace);
}

const POWERSHELL: Quoting = {
  part: /['‘’‚‛](?<literal>(?:['‘’‚‛]{2}|[^'‘’‚‛])*)['‘’‚‛]|"(?<escaped>(?:""|`[\s\S]|[^"`])*)"|(?<joint>`\r?\n)|`(?<character>[\s\S])|(?<blank>\s+)|(?<plain>[\s\S])/g,
  literal: (text) => text.replaceAll(/(['‘’‚‛])['‘’‚‛]/g, '$1'),
  escaped: (text) =>
    text.replaceAll(/""|`([\s\S])/g, (_all, character: string | undefined) => character ?? '"'),
};

const POWERSHELL_SET = /^\$env:(?<name>\w+)\s*=\s*['‘’‚‛](?<value>(?:['‘’‚‛]{2}|[^'‘’‚‛])*)['‘’‚‛]\s*;\s*/;

function splitPowershell(line: string): SplitLine {
  const { env, rest } = takeVariables(line, POWERSHELL_SET, POWERSHELL.literal);
  return { env, words: wordsOfLine(rest.replace(/^&\s*/, ''), POWERSHELL) };
}

function takeVariables(
  line: string,
  pattern: RegExp,
  valueOf: (text: string) => string,
): { env: Record<string, string>; rest: string } {
  const env: Record<string, string> = {};
  let rest = line;
  for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
    const { name, value, bareName, bareValue } = match.groups ?? {};
    env[name ?? bareName ?? ''] = valueOf(value ?? bareValue ?? '');
    rest = rest.slice(match[0].length);
  }
  return { env, rest };
}
