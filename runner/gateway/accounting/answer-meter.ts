/** Reads usage, timings and the time of the first token off an answer that passes by. Per chunk it only looks for bytes; what they tell is read at the end. */
import { holdsObject, inBody, inEvents, timingsOf, usageOf } from './told-figures.ts';

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
    if (holdsObject(bytes, 'usage')) {
      this.#firstUsage ??= bytes;
      this.#lastUsage = bytes;
    }
    if (holdsObject(bytes, 'timings')) this.#lastTimings = bytes;
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
    const { promptTokens = null, completionTokens = null } = usageOf(
      body === null ? this.#toldUsage() : inBody(body, 'usage'),
    );
    const timings = timingsOf(
      body === null ? inEvents(this.#lastTimings, 'timings') : inBody(body, 'timings'),
    );
    return {
      promptTokens: promptTokens ?? timings.promptTokens ?? null,
      completionTokens: completionTokens ?? timings.completionTokens ?? null,
      tokensPerSecond: timings.tokensPerSecond ?? null,
      firstAt: this.#firstAt,
    };
  }

  /** Anthropic tells the prompt in the first event, and the answer in the last. */
  #toldUsage(): unknown[] {
    const first = inEvents(this.#firstUsage, 'usage');
    return this.#lastUsage === this.#firstUsage ? first : [...first, ...inEvents(this.#lastUsage, 'usage')];
  }
}
