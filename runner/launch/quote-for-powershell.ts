/**
 * Quoting for PowerShell 7.3 and later, which hands arguments to programs unchanged. Windows PowerShell 5.1 loses double quotes and empty
 * arguments on the way, and no quoting suits both. https://learn.microsoft.com/powershell/module/microsoft.powershell.core/about/about_quoting_rules
 */

/** Flags, plain words and paths, and whole numbers. Much else changes in argument mode: `-a.b` is cut in two, `1kb` is 1024, `@x` splats. */
const SAFE = /^(--?[A-Za-z][\w-]*|[A-Za-z_/\\][\w./\\:-]*|-?(0|[1-9]\d{0,8}))$/;
const SAFE_PROGRAM = /^[A-Za-z][\w.-]*$/;
const RESERVED = new Set(
  (
    'begin break catch class clean configuration continue data define do dynamicparam else elseif end enum exit filter finally for foreach ' +
    'from function hidden if in inlinescript parallel param process return sequence static switch throw trap try until using var while workflow'
  ).split(' '),
);

export const quoteForPowershell = {
  argument: (text: string): string => (SAFE.test(text) ? text : inQuotes(text)),
  /** A quoted word alone is a text to print; `&` calls it. */
  program: (text: string): string =>
    SAFE_PROGRAM.test(text) && !RESERVED.has(text.toLowerCase()) ? text : `& ${inQuotes(text)}`,
};

export function powershellAssignment(name: string, value: string): string {
  return `$env:${name}=${inQuotes(value)}`;
}

/** PowerShell takes the typographic single quotes for plain ones. */
function inQuotes(text: string): string {
  return `'${text.replaceAll(/['\u2018\u2019\u201A\u201B]/g, '$&$&')}'`;
}
