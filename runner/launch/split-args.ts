/** The "extra arguments" text field and the list behind it. Quotes group as in a shell; backslashes stay, for the sake of Windows paths. */

/**
 * Blanks separate. Double quotes group by the rules of Windows (`\"` is a quote; backslashes count only before one), single quotes group
 * all up to the next one, unless `singleQuotes` is false, as for Windows' own programs. A quote that nothing closes is an ordinary character.
 */
export function splitArgs(text: string, { singleQuotes = true } = {}): string[] {
  const args: string[] = [];
  let arg: string | null = null;
  let at = 0;
  while (at < text.length) {
    const [piece, value] = readPiece(text, at, singleQuotes);
    at += piece.length;
    if (value !== null) {
      arg = (arg ?? '') + value;
    } else if (arg !== null) {
      args.push(arg);
      arg = null;
    }
  }
  return arg === null ? args : [...args, arg];
}

/** `splitArgs(joinArgs(args))` is `args`, whatever is in them. */
export function joinArgs(args: readonly string[]): string {
  return args.map((arg) => (/^[^\s"']+$/.test(arg) ? arg : inQuotes(arg))).join(' ');
}

const DOUBLE_QUOTED = /"((?:\\*[^\\"]|(?:\\\\)*\\")*(?:\\\\)*)"/y;
const SINGLE_QUOTED = /'([^']*)'/y;
const ESCAPED_QUOTE = /(\\+)"/y;
const BLANKS = /\s+/y;

/** What stands at a place of the text, and what it adds to the argument there; null for the blanks between two. */
function readPiece(text: string, at: number, singleQuotes: boolean): [piece: string, value: string | null] {
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    return pattern.exec(text);
  };
  const blanks = match(BLANKS);
  if (blanks !== null) return [blanks[0], null];
  const doubleQuoted = match(DOUBLE_QUOTED);
  if (doubleQuoted !== null) return [doubleQuoted[0], unescaped(doubleQuoted[1] ?? '')];
  const singleQuoted = singleQuotes ? match(SINGLE_QUOTED) : null;
  if (singleQuoted !== null) return [singleQuoted[0], singleQuoted[1] ?? ''];
  const backslashes = match(ESCAPED_QUOTE)?.[1] ?? '';
  const half = '\\'.repeat(Math.floor(backslashes.length / 2));
  if (backslashes.length % 2 === 1) return [`${backslashes}"`, `${half}"`];
  return backslashes === '' ? [text.charAt(at), text.charAt(at)] : [backslashes, half];
}

function unescaped(quoted: string): string {
  return quoted
    .replaceAll(
      /(\\+)"/g,
      (_match, backslashes: string) => `${'\\'.repeat(Math.floor(backslashes.length / 2))}"`,
    )
    .replace(/\\+$/, (backslashes) => '\\'.repeat(backslashes.length / 2));
}

function inQuotes(arg: string): string {
  return `"${arg.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/\\+$/, '$&$&')}"`;
}
