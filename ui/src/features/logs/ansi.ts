/** Terminal escape codes in log lines: SGR colours and weights become spans, everything else is dropped. */
export interface AnsiSpan {
  text: string;
  /** A CSS colour; absent: the line's own. */
  colour?: string;
  background?: string;
  isBold?: true;
  isDim?: true;
  isItalic?: true;
  isUnderlined?: true;
}

type Style = Omit<AnsiSpan, 'text'> & { isInverse?: true };

// ECMA-48: CSI, OSC (ended by BEL or ST), DCS/SOS/PM/APC, other escapes, an unfinished escape at the end, and lone control characters (not the tab).
const ESCAPES =
  // oxlint-disable-next-line no-control-regex -- control characters are what this is about
  /\u001b\[([0-?]*)[ -/]*([@-~])|\u001b\][^\u0007\u001b]*(?:\u0007|\u001b\\|$)|\u001b[PX^_][^\u001b]*(?:\u001b\\|$)|\u001b\[[0-?]*[ -/]*$|\u001b[ -/]*[0-~]?|[\u0000-\u0008\u000a-\u001a\u001c-\u001f\u007f]/g;

/** Whether a text needs parsing at all. */
export function hasEscapes(text: string): boolean {
  // oxlint-disable-next-line no-control-regex -- see above
  return /[\u0000-\u0008\u000a-\u001f\u007f]/.test(text);
}

export function stripAnsi(text: string): string {
  return text.replace(ESCAPES, '');
}

/** Spans in order; joined, their texts equal `stripAnsi(text)`. Styles do not carry over to the next line. */
export function parseAnsi(text: string): AnsiSpan[] {
  const spans: AnsiSpan[] = [];
  let style: Style = {};
  let from = 0;
  const push = (to: number): void => {
    if (to > from) spans.push(toSpan(text.slice(from, to), style));
  };
  for (const match of text.matchAll(ESCAPES)) {
    push(match.index);
    from = match.index + match[0].length;
    if (match[2] === 'm') style = applySgr(style, match[1] ?? '');
  }
  push(text.length);
  return spans;
}

function toSpan(text: string, { isInverse, ...style }: Style): AnsiSpan {
  if (isInverse === undefined) return { text, ...style };
  return {
    text,
    ...style,
    colour: style.background ?? 'var(--log)',
    background: style.colour ?? 'var(--text)',
  };
}

function applySgr(before: Style, parameters: string): Style {
  // ITU T.416 separates the parts of a colour by colons, most programs by semicolons: accept both.
  const codes = parameters.split(/[;:]/).map(Number);
  let style: Style = { ...before };
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index] ?? 0;
    if (code === 38 || code === 48) {
      const { colour, used } = extendedColour(codes.slice(index + 1));
      if (colour !== null) style = code === 38 ? { ...style, colour } : { ...style, background: colour };
      index += used;
    } else {
      style = applyCode(style, code);
    }
  }
  return style;
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {};
  if (code === 1) return { ...style, isBold: true };
  if (code === 2) return { ...style, isDim: true };
  if (code === 3) return { ...style, isItalic: true };
  if (code === 4) return { ...style, isUnderlined: true };
  if (code === 7) return { ...style, isInverse: true };
  if (code === 22) return without(style, 'isBold', 'isDim');
  if (code === 23) return without(style, 'isItalic');
  if (code === 24) return without(style, 'isUnderlined');
  if (code === 27) return without(style, 'isInverse');
  if (code === 39) return without(style, 'colour');
  if (code === 49) return without(style, 'background');
  if (code >= 30 && code <= 37) return { ...style, colour: paletteColour(code - 30) };
  if (code >= 40 && code <= 47) return { ...style, background: paletteColour(code - 40) };
  if (code >= 90 && code <= 97) return { ...style, colour: paletteColour(code - 82) };
  if (code >= 100 && code <= 107) return { ...style, background: paletteColour(code - 92) };
  return style;
}

function without(style: Style, ...names: (keyof Style)[]): Style {
  const rest = { ...style };
  for (const name of names) delete rest[name];
  return rest;
}

function extendedColour(codes: number[]): { colour: string | null; used: number } {
  const [kind, a = 0, b = 0, c = 0] = codes;
  if (kind === 5) return { colour: a >= 0 && a <= 255 ? paletteColour(a) : null, used: 2 };
  if (kind === 2) return { colour: `rgb(${clamp(a)} ${clamp(b)} ${clamp(c)})`, used: 4 };
  return { colour: null, used: 1 };
}

const clamp = (value: number): number => Math.min(255, Math.max(0, value));

/** The first 16 follow the theme; then the 6×6×6 cube and 24 greys of xterm. */
function paletteColour(index: number): string {
  if (index < 16) return `var(--ansi-${index})`;
  if (index >= 232) {
    const grey = 8 + (index - 232) * 10;
    return `rgb(${grey} ${grey} ${grey})`;
  }
  const cube = index - 16;
  const level = (step: number): number => (step === 0 ? 0 : 55 + step * 40);
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}
