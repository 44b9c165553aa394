/** Quoting for POSIX shells (sh, bash, zsh): inside single quotes nothing is special but the single quote itself. */

/** Characters that no shell gives a meaning at any place of an argument. `%1` is a job, `a=b` an assignment in front, `~` a home. */
const SAFE = /^[A-Za-z0-9_/:.,@+-][A-Za-z0-9_/:.,@+%=-]*$/;
const SAFE_PROGRAM = /^[A-Za-z0-9_/.@+-]+$/;
const RESERVED = new Set(
  'case coproc do done elif else end esac fi for foreach function if in nocorrect repeat select then time until while'.split(
    ' ',
  ),
);

export const quoteForPosix = {
  argument: (text: string): string => (SAFE.test(text) ? text : inQuotes(text)),
  program: (text: string): string => (SAFE_PROGRAM.test(text) && !RESERVED.has(text) ? text : inQuotes(text)),
};

export function posixAssignment(name: string, value: string): string {
  return `${name}=${quoteForPosix.argument(value)}`;
}

function inQuotes(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
