/** Cuts a line into words by a shell's own kinds of parts. Which parts there are, and what they mean, is each shell's in split-line.ts. */

/** `part` matches one part at a time into the groups literal, escaped, character, joint (lines joined: nothing), blank and plain. */
export interface Quoting {
  part: RegExp;
  literal: (text: string) => string;
  escaped: (text: string) => string;
}

export function wordsOfLine(line: string, quoting: Quoting): string[] {
  const words: string[] = [];
  let word: string | null = null;
  for (const { groups = {} } of line.matchAll(quoting.part)) {
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

function textOf(
  { literal, escaped, character, plain }: Partial<Record<string, string>>,
  quoting: Quoting,
): string {
  if (literal !== undefined) return quoting.literal(literal);
  return escaped === undefined ? (character ?? plain ?? '') : quoting.escaped(escaped);
}
