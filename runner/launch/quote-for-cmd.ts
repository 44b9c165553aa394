/**
 * Quoting for the prompt of cmd.exe. A word is read twice: by cmd.exe (https://ss64.com/nt/syntax-esc.html), then by the program's C
 * runtime (https://learn.microsoft.com/cpp/c-language/parsing-c-command-line-arguments). In a batch file every % must be doubled instead.
 */

const SAFE = /^[A-Za-z0-9_\\/:.@+~-]+$/;
const SPECIAL = new Set('()[]%!^"<>&|;, *?');

export const quoteForCmd = {
  /** A double quote switches cmd.exe's own quoting on and off, so a word with one in it is written with no quoting of cmd.exe's at all. */
  argument(text: string): string {
    if (SAFE.test(text)) return text;
    return /["\n]/.test(text) ? withCarets(forRuntime(text)) : inQuotes(text);
  },
  /** No file name on Windows has a double quote in it. */
  program: (text: string): string => (SAFE.test(text) ? text : inQuotes(text)),
};

/** `set "A=value"` takes all up to the last quote; a value with quotes or % in it is written in carets as above. */
export function cmdAssignment(name: string, value: string): string {
  const assignment = `"${name}=${value}"`;
  return `set ${/["%\n]/.test(value) ? withCarets(assignment) : assignment}`;
}

/** Quoted by the rules of CommandLineToArgvW: backslashes count only before a quote, and there they are doubled. */
function forRuntime(text: string): string {
  return `"${text.replaceAll(/(\\*)"/g, String.raw`$1$1\"`).replace(/\\+$/, '$&$&')}"`;
}

/** %NAME% is replaced even inside quotes. Outside of them a caret breaks the name up, so each % steps out of the quotes. */
function inQuotes(text: string): string {
  return forRuntime(text).replaceAll(/(\\*)%/g, '$1$1"^%"');
}

/** A caret before every special character, and before the one after each % (so that no variable is named). A line break is `^` and two of them. */
function withCarets(text: string): string {
  let written = '';
  let isAfterPercent = false;
  for (const character of text) {
    if (character === '\n') written += '^\n\n';
    else written += isAfterPercent || SPECIAL.has(character) ? `^${character}` : character;
    isAfterPercent = character === '%';
  }
  return written;
}
