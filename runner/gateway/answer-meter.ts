/** Reads usage, timings and the time of the first token off an answer that passes by. Per chunk it only looks for bytes; JSON is parsed at the end. */
import { z } from 'zod';

export interface AnswerFigures {
  promptTokens: number | null;
  completionTokens: number | null;
  tokensPerSecond: number | null;
  /** `performance.now()` of the first event or byte that is no comment; null: none came. */
  firstAt: number | null;
}

const LETTER_D = 0x64;
/** Of an answer that does not stream this much is kept: usage stands at the end, after the choices, or before the embeddings. */
const KEPT_BYTES = 64 * 1024;

const usageSchema = z.object({
  prompt_tokens: z.number().optional(),
  completion_tokens: z.number().optional(),
  /** Anthropic's and the Responses API. */
  input_tokens: z.number().optional(),
  output_tokens: z.number().optional(),
});
const timingsSchema = z.object({
  prompt_n: z.number().optional(),
  cache_n: z.number().optional(),
  predicted_n: z.number().optional(),
  predicted_per_second: z.number().optional(),
});

export class AnswerMeter {
  /** Data events so far: nearly one per token. */
  events = 0;
  #firstAt: number | null = null;
  #firstUsage: Buffer | null = null;
  #lastUsage: Buffer | null = null;
  #lastTimings: Buffer | null = null;
  #head: Buffer[] = [];
  #headBytes = 0;
  #tail: Buffer = Buffer.alloc(0);

  /** Whole lines of an event stream. */
  lines(bytes: Buffer): void {
    // Within JSON a quote is escaped: what looks like a key is one.
    let at = bytes[0] === LETTER_D ? 0 : bytes.indexOf('\ndata:');
    if (at === -1) return;
    this.#firstAt ??= performance.now();
    for (; at !== -1; at = bytes.indexOf('\ndata:', at + 1)) this.events += 1;
    if (bytes.includes('"usage"')) {
      this.#firstUsage ??= bytes;
      if (!bytes.includes('"usage":null')) this.#lastUsage = bytes;
    }
    if (bytes.includes('"timings"')) this.#lastTimings = bytes;
  }

  /** Bytes of an answer that does not stream. */
  bytes(bytes: Buffer): void {
    this.#firstAt ??= performance.now();
    if (this.#headBytes < KEPT_BYTES) {
      this.#head.push(bytes);
      this.#headBytes += bytes.length;
      return;
    }
    const tail = this.#tail.length === 0 ? bytes : Buffer.concat([this.#tail, bytes]);
    this.#tail = tail.length > KEPT_BYTES * 2 ? Buffer.from(tail.subarray(-KEPT_BYTES)) : tail;
  }

  figures(): AnswerFigures {
    const body = this.#head.length === 0 ? null : Buffer.concat([...this.#head, this.#tail]);
    const first = objectAt(this.#firstUsage ?? body, { key: '"usage"', schema: usageSchema });
    const last = objectAt(this.#lastUsage, { key: '"usage"', schema: usageSchema });
    const timings = objectAt(this.#lastTimings ?? body, { key: '"timings"', schema: timingsSchema });
    return {
      promptTokens: last?.prompt_tokens ?? last?.input_tokens ?? first?.prompt_tokens ?? first?.input_tokens ?? promptOf(timings),
      completionTokens:
        last?.completion_tokens ?? last?.output_tokens ?? first?.completion_tokens ?? first?.output_tokens ?? timings?.predicted_n ?? null,
      tokensPerSecond: timings?.predicted_per_second ?? null,
      firstAt: this.#firstAt,
    };
  }
}

function promptOf(timings: z.infer<typeof timingsSchema> | null): number | null {
  return timings?.prompt_n === undefined ? null : timings.prompt_n + (timings.cache_n ?? 0);
}

/** The last object that stands under `key`. */
function objectAt<Schema extends z.ZodType>(
  bytes: Buffer | null,
  { key, schema }: { key: string; schema: Schema },
): z.infer<Schema> | null {
  const at = bytes === null ? -1 : bytes.lastIndexOf(key);
  if (bytes === null || at === -1) return null;
  const text = bytes.toString('utf8', at + key.length);
  const open = /^\s*:\s*\{/.exec(text);
  if (open === null) return null;
  try {
    return schema.parse(JSON.parse(text.slice(open[0].length - 1, endOfObject(text, open[0].length))));
  } catch {
    return null;
  }
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
