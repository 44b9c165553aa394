/** Reads the command line by llama-server's rules: a known flag takes the next word, an unknown one is refused by name. */
import { defaultOptions, flags } from './flag-table.ts';
import type { EngineOptions, Flag } from './flag-table.ts';

export type Command =
  | { kind: 'serve'; options: EngineOptions }
  | { kind: 'help' }
  | { kind: 'version' }
  /** What goes to stderr before exit 1. */
  | { kind: 'refused'; message: string };

export function parseFlags(args: readonly string[]): Command {
  const words = [...args];
  let options: EngineOptions = { ...defaultOptions };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-h' || word === '--help' || word === '--usage') return { kind: 'help' };
    if (word === '--version') return { kind: 'version' };
    const name = word;
    const flag = flags.find((known) => known.names.includes(name));
    if (flag === undefined) return { kind: 'refused', message: `error: invalid argument: ${name}` };
    const value = words.shift();
    if (value === undefined)
      return { kind: 'refused', message: usage(name, flag, 'expected value for argument') };
    const change = flag.parse(value);
    if (change === undefined)
      return { kind: 'refused', message: usage(name, flag, `invalid value "${value}"`) };
    options = { ...options, ...change };
  }
  if (options.model === '')
    return { kind: 'refused', message: 'error: no model given: use -m FNAME, --model FNAME' };
  return { kind: 'serve', options };
}

export function helpText(): string {
  const lines = flags.map((flag) => describe(flag));
  return [
    'The embedded engine takes these flags of llama-server:',
    '',
    ...lines,
    ...standaloneFlags,
    '',
  ].join('\n');
}

const standaloneFlags = [
  '-h, --help'.padEnd(40) + 'print usage and exit',
  '--version'.padEnd(40) + 'show version and exit',
];

function describe(flag: Flag): string {
  const left = `${flag.names.join(', ')} ${flag.placeholder}`;
  return left.length < 39 ? left.padEnd(40) + flag.help : `${left}\n${' '.repeat(40)}${flag.help}`;
}

function usage(name: string, flag: Flag, problem: string): string {
  return `error while handling argument "${name}": ${problem}\n\nusage:\n${describe(flag)}\n\n\nto show complete usage, run with -h`;
}
