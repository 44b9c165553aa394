/** What the page offers for a tunnel's problem: the command of its suggestion to copy, and the button that mends it. Pure. */
import { fillText, type TextValues } from '#contract/text-values';
import type { TunnelProblem } from '#contract/tunnel';
import type { TunnelProblemCode } from '#contract/tunnel-problem';
import { quoteForPosix } from '#launch/quote-for-posix';

/** As the suggestions of TUNNEL_PROBLEM_TEXTS have them; a test holds the two together. */
const COMMANDS: Partial<Record<TunnelProblemCode, string>> = {
  'host-key-changed': 'ssh-keygen -f "{{file}}" -R "{{name}}"',
  'remote-port-busy': 'sudo ss -ltnp "sport = :{{port}}"',
  'ssh-missing': 'apt install openssh-client',
  'identity-missing': 'ssh-keygen -t ed25519 -f {{file}}',
  'identity-open': 'chmod 600 {{file}}',
  'identity-locked': 'ssh-add {{file}}',
  'jump-failed': 'ssh {{jump}}',
};

type Remedy = 'forget' | 'setup' | 'edit';

const REMEDIES: Partial<Record<TunnelProblemCode, Remedy>> = {
  'host-key-changed': 'forget',
  'key-refused': 'setup',
  'key-refused-unnamed': 'setup',
  'forwarding-prohibited': 'setup',
  'probe-forbidden': 'setup',
  'host-unknown': 'edit',
  'connection-refused': 'edit',
  'connect-timeout': 'edit',
  'no-route': 'edit',
  'local-port-busy': 'edit',
  'local-port-busy-unnamed': 'edit',
  'identity-missing': 'edit',
  'identity-locked': 'edit',
  'jump-failed': 'edit',
};

export const COMMAND_CODES = Object.keys(COMMANDS);

export function commandOf({ code, values }: Pick<TunnelProblem, 'code' | 'values'>): string | null {
  const command = entryOf(COMMANDS, code);
  return command === undefined ? null : fillText(command, withQuotes(command, values));
}

export function remedyOf({ code }: Pick<TunnelProblem, 'code'>): Remedy | null {
  return entryOf(REMEDIES, code) ?? null;
}

/** What stands between quotes already stays as it is; a leading `~/` must stay outside of them. */
function withQuotes(command: string, values: TextValues): TextValues {
  const quoted = Object.entries(values).map(([name, value]) => {
    if (typeof value === 'number' || command.includes(`"{{${name}}}"`)) return [name, value];
    const home = value.startsWith('~/') ? '~/' : '';
    return [name, home + quoteForPosix.argument(value.slice(home.length))];
  });
  return Object.fromEntries(quoted) as TextValues;
}

/** A newer runner may know more codes. */
function entryOf<Value>(table: Partial<Record<string, Value>>, code: string): Value | undefined {
  return Object.hasOwn(table, code) ? table[code] : undefined;
}
