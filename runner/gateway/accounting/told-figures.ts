/** Finds what a server tells of its tokens in the bytes of its answer, and how much of that is believed. Pure. */
import { z } from 'zod';
import { believedTokens, MOST_TOKENS } from './believed-tokens.ts';

type Key = 'usage' | 'timings';

/** JSON beyond this is searched, not parsed. */
const MOST_PARSED = 256 * 1024;
/** Usage and timings are a few hundred characters. */
const LONGEST_OBJECT = 8 * 1024;
/** A server may repeat itself without end. */
const MOST_TRIES = 100;

const tokens = z.number().transform(believedTokens).optional().catch(undefined);
const usageSchema = z.object({
  prompt_tokens: tokens,
  completion_tokens: tokens,
  /** Anthropic's and the Responses API. */
  input_tokens: tokens,
  output_tokens: tokens,
});
const timingsSchema = z.object({
  prompt_n: tokens,
  cache_n: tokens,
  predicted_n: tokens,
  predicted_per_second: z.number().min(0).max(MOST_TOKENS).optional().catch(undefined),
});

interface ToldFigures {
  promptTokens?: number | undefined;
  completionTokens?: number | undefined;
  tokensPerSecond?: number | undefined;
}

/** Of several the later ones count, but for what only the earlier ones tell. */
export function usageOf(told: readonly unknown[]): ToldFigures {
  const figures: ToldFigures = {};
  for (const each of told) {
    const { prompt_tokens, input_tokens, completion_tokens, output_tokens } =
      usageSchema.safeParse(each).data ?? {};
    figures.promptTokens = prompt_tokens ?? input_tokens ?? figures.promptTokens;
    figures.completionTokens = completion_tokens ?? output_tokens ?? figures.completionTokens;
  }
  return figures;
}

export function timingsOf(told: readonly unknown[]): ToldFigures {
  const {
    prompt_n,
    cache_n = 0,
    predicted_n,
    predicted_per_second,
  } = timingsSchema.safeParse(told.at(-1)).data ?? {};
  return {
    promptTokens: prompt_n === undefined ? undefined : believedTokens(prompt_n + cache_n),
    completionTokens: predicted_n,
    tokensPerSecond: predicted_per_second,
  };
}

const SPACES: ReadonlySet<number | undefined> = new Set([0x20, 0x09]);
const [COLON, BRACE] = [0x3a, 0x7b];

/** Whether an object stands under `key` somewhere. `"usage":null` stands in every chunk of some servers, so this is all that is done per chunk. */
export function holdsObject(bytes: Buffer, key: Key): boolean {
  // Within JSON a quote is escaped: what looks like a key is one, or a short text.
  const quoted = `"${key}"`;
  for (let at = bytes.indexOf(quoted); at !== -1; at = bytes.indexOf(quoted, at)) {
    at = behindSpaces(bytes, at + quoted.length);
    if (bytes[at] === COLON && bytes[behindSpaces(bytes, at + 1)] === BRACE) return true;
  }
  return false;
}

function behindSpaces(bytes: Buffer, from: number): number {
  let at = from;
  while (SPACES.has(bytes[at])) at += 1;
  return at;
}

/** What the data lines of an event stream tell under `key`, in their order. */
export function inEvents(bytes: Buffer | null, key: Key): unknown[] {
  const lines = bytes?.toString('utf8').split('\n') ?? [];
  return lines
    .filter((line) => line.startsWith('data:') && line.includes(`"${key}"`))
    .flatMap((line) => inJson(line.slice(5), key));
}

export function inBody(bytes: Buffer, key: Key): unknown[] {
  return bytes.includes(`"${key}"`) ? inJson(bytes.toString('utf8'), key) : [];
}

/** At the places that are known: a client's own metadata, told back to it, may have the same name. What cannot be parsed is searched. */
function inJson(text: string, key: Key): unknown[] {
  const parsed = text.length > MOST_PARSED ? undefined : parse(text);
  if (parsed === undefined) return lastObject(text, key);
  const { response, message } = fieldsOf(parsed);
  return [parsed, response, message].flatMap((holder) => fieldsOf(holder)[key] ?? []);
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

function lastObject(text: string, key: Key): unknown[] {
  const name = `"${key}"`;
  let tries = 0;
  for (
    let at = text.lastIndexOf(name);
    at !== -1 && tries < MOST_TRIES;
    at = at === 0 ? -1 : text.lastIndexOf(name, at - 1)
  ) {
    const rest = text.slice(at + name.length, at + LONGEST_OBJECT);
    const open = /^\s*:\s*\{/.exec(rest);
    if (open === null) continue;
    tries += 1;
    const found = parse(rest.slice(open[0].length - 1, endOfObject(rest, open[0].length)));
    if (found !== undefined) return [found];
  }
  return [];
}

/** `from` stands behind the opening brace. Usage and timings hold numbers only: no brace of theirs stands in a string. */
function endOfObject(text: string, from: number): number {
  let depth = 1;
  let at = from;
  for (; at < text.length && depth > 0; at += 1) {
    if (text[at] === '{') depth += 1;
    if (text[at] === '}') depth -= 1;
  }
  return at;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
