/** Writes a command as one line that does the same when it is pasted into a shell. How each shell reads is in the quote-*.ts beside. */
import type { Shell } from '#contract/launch-form';
import { cmdAssignment, quoteForCmd } from './quote-for-cmd.ts';
import { posixAssignment, quoteForPosix } from './quote-for-posix.ts';
import { powershellAssignment, quoteForPowershell } from './quote-for-powershell.ts';

export interface QuotableCommand {
  cmd: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>> | undefined;
  shell?: boolean | undefined;
}

/**
 * The variables of `env` come first, in the shell's own way; the working folder is not part of the line. A `shell: true` command is its
 * own line already and is shown as it is.
 */
export function quoteCommand(command: QuotableCommand, shell: Shell): string {
  const isLine = command.shell === true;
  const line = isLine ? [command.cmd, ...command.args].join(' ') : quotedWords(command, shell);
  const env = Object.entries(command.env ?? {});
  if (env.length === 0) return line;
  switch (shell) {
    case 'posix': {
      const assignments = env.map(([name, value]) => posixAssignment(name, value)).join(' ');
      // In front of a line of several commands an assignment would reach the first one only.
      return isLine ? `export ${assignments}; ${line}` : `${assignments} ${line}`;
    }
    case 'cmd':
      return [...env.map(([name, value]) => cmdAssignment(name, value)), line].join(' && ');
    case 'powershell':
      return [...env.map(([name, value]) => powershellAssignment(name, value)), line].join('; ');
  }
  return shell satisfies never;
}

const QUOTE = { posix: quoteForPosix, cmd: quoteForCmd, powershell: quoteForPowershell } as const;

function quotedWords({ cmd, args }: QuotableCommand, shell: Shell): string {
  const quote = QUOTE[shell];
  return [quote.program(cmd), ...args.map((arg) => quote.argument(arg))].join(' ');
}
