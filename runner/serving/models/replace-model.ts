/** Puts a name into the top-level "model" of a JSON body, as bytes: number formats, key order, escapes and unknown fields stay as they came. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const COMMA = 0x2c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const SPACES: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** `raw` must be valid JSON with an object at its top. Where no "model" stands there, it becomes the first; one that stands twice is replaced twice. */
export function replaceModel(raw: Buffer, model: string): Buffer {
  const spans = modelSpans(raw);
  const name = Buffer.from(JSON.stringify(model));
  if (spans.length === 0) return insertModel(raw, name);
  const parts: Buffer[] = [];
  let end = 0;
  for (const span of spans) {
    parts.push(raw.subarray(end, span.start), name);
    end = span.end;
  }
  parts.push(raw.subarray(end));
  return Buffer.concat(parts);
}

function insertModel(raw: Buffer, name: Buffer): Buffer {
  const at = raw.indexOf(OPEN_OBJECT) + 1;
  const isEmpty = raw[skipSpaces(raw, at)] === CLOSE_OBJECT;
  return Buffer.concat([
    raw.subarray(0, at),
    Buffer.from('"model":'),
    name,
    Buffer.from(isEmpty ? '' : ','),
    raw.subarray(at),
  ]);
}

/** How often "model" stands at the top of the body: of two, gateway and server might each take another. `raw` as above. */
export function countModels(raw: Buffer): number {
  return modelSpans(raw).length;
}

interface Span {
  start: number;
  end: number;
}

function modelSpans(raw: Buffer): Span[] {
  const spans: Span[] = [];
  let at = skipSpaces(raw, 0);
  if (raw[at] !== OPEN_OBJECT) return [];
  at = skipSpaces(raw, at + 1);
  while (raw[at] === QUOTE) {
    const keyEnd = endOfString(raw, at);
    const isModel = isModelKey(raw, { start: at, end: keyEnd });
    const start = skipSpaces(raw, skipSpaces(raw, keyEnd, COLON));
    const end = endOfValue(raw, start);
    if (isModel) spans.push({ start, end });
    at = skipSpaces(raw, skipSpaces(raw, end, COMMA));
  }
  return spans;
}

/** The first byte after spaces and, if it comes next, after `mark`. */
function skipSpaces(raw: Buffer, from: number, mark?: number): number {
  let at = from;
  while (SPACES.has(raw[at] ?? -1)) at += 1;
  return mark !== undefined && raw[at] === mark ? at + 1 : at;
}

/** The byte after the closing quote. */
function endOfString(raw: Buffer, open: number): number {
  let quote = raw.indexOf(QUOTE, open + 1);
  while (quote !== -1) {
    let before = quote - 1;
    while (raw[before] === BACKSLASH) before -= 1;
    // An even number of backslashes before it: they escape each other, not the quote.
    if ((quote - before) % 2 === 1) return quote + 1;
    quote = raw.indexOf(QUOTE, quote + 1);
  }
  return raw.length;
}

function endOfValue(raw: Buffer, start: number): number {
  if (raw[start] === QUOTE) return endOfString(raw, start);
  if (raw[start] === OPEN_OBJECT || raw[start] === OPEN_ARRAY) return endOfNested(raw, start);
  let at = start;
  for (; at < raw.length; at += 1) {
    const byte = raw[at] ?? -1;
    if (byte === COMMA || byte === CLOSE_OBJECT || SPACES.has(byte)) break;
  }
  return at;
}

function endOfNested(raw: Buffer, start: number): number {
  let depth = 0;
  let at = start;
  while (at < raw.length) {
    const byte = raw[at];
    if (byte === QUOTE) {
      at = endOfString(raw, at);
      continue;
    }
    if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
    if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) depth -= 1;
    at += 1;
    if (depth === 0) break;
  }
  return at;
}

/** A key may be written with escapes: "\\u006dodel" is one, too. */
function isModelKey(raw: Buffer, { start, end }: Span): boolean {
  const text = raw.toString('latin1', start, end);
  if (text === '"model"') return true;
  return text.includes('\\') && JSON.parse(raw.toString('utf8', start, end)) === 'model';
}
