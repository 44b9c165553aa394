/** Compiles the filter field, a text or a regular expression, case-insensitive, into a test of lines and the ranges of hits. */
export interface LogFilter {
  matches: (text: string) => boolean;
  /** Start and end of every hit. */
  ranges: (text: string) => [number, number][];
}

export type FilterResult = { filter: LogFilter | null; fault: string | null };

/** Only this much of a line is searched: a slow expression must not block the page. */
const MAX_TRIED_LENGTH = 20_000;

export function compileFilter(text: string, isRegex: boolean): FilterResult {
  if (text === '') return { filter: null, fault: null };
  try {
    const source = isRegex ? text : text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
    const once = new RegExp(source, 'i');
    const every = new RegExp(source, 'gi');
    return {
      filter: {
        matches: (line) => once.test(line.slice(0, MAX_TRIED_LENGTH)),
        ranges: (line) => findRanges(line, every),
      },
      fault: null,
    };
  } catch (error) {
    return { filter: null, fault: error instanceof Error ? error.message : String(error) };
  }
}

function findRanges(line: string, every: RegExp): [number, number][] {
  const ranges: [number, number][] = [];
  for (const match of line.slice(0, MAX_TRIED_LENGTH).matchAll(every)) {
    if (match[0] !== '') ranges.push([match.index, match.index + match[0].length]);
  }
  return ranges;
}
