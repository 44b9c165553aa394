/** Counts tokens by the server's own tokenizer, each text once; estimates where the server has none. */
import { createHash } from 'node:crypto';
import type { ChatMessage } from '#contract/chat';
import { imageCountOf, textOf } from './build-messages.ts';
import type { Target } from '../serving/serving-request.ts';

/** What chat templates add to a message. */
const MESSAGE_OVERHEAD = 8;
/** No server tells before it has seen the image; encoders use 256 to about 1,500. */
const TOKENS_PER_IMAGE = 1_000;
/** Below what English needs (4), so that an estimate errs on the safe side. */
const BYTES_PER_TOKEN = 3;
const REMEMBERED_TEXTS = 5_000;

export interface Counted {
  tokens: number;
  /** false: estimated. */
  isExact: boolean;
}

/** A token stands for one byte at least, so this is never too little. */
export function mostTokens(messages: readonly ChatMessage[]): number {
  return sum(messages.map((message) => Buffer.byteLength(textOf(message)) + overheadOf(message)));
}

export function estimateTokens(messages: readonly ChatMessage[]): number {
  return sum(
    messages.map(
      (message) => Math.ceil(Buffer.byteLength(textOf(message)) / BYTES_PER_TOKEN) + overheadOf(message),
    ),
  );
}

export interface Tokenizer {
  target: Target;
  model: string;
  /** Ends the asking: the client left, or it takes too long. */
  signal: AbortSignal;
}

/** The tokens of each text as that server counts them; null where it has no tokenizer. */
export type CountTokens = (
  target: Target,
  texts: readonly string[],
  signal: AbortSignal,
) => Promise<number[] | null>;

export class TokenCounter {
  readonly #countTokens: CountTokens;
  readonly #known = new Map<string, number>();

  constructor(countTokens: CountTokens) {
    this.#countTokens = countTokens;
  }

  /** `model` names the tokenizer: the same text has other tokens in another model. An aborted `signal` estimates. */
  async count(server: Tokenizer, messages: readonly ChatMessage[]): Promise<Counted> {
    // Texts may be megabytes long: their hashes are remembered, not they.
    const keyOf = (text: string): string =>
      createHash('sha256')
        .update(`${server.target.endpoint.baseUrl}\n${server.model}\n${text}`)
        .digest('base64');
    const texts = messages.map((message) => textOf(message));
    const unknown = [...new Set(texts)].filter((text) => text !== '' && !this.#known.has(keyOf(text)));
    const counts = unknown.length === 0 ? [] : await this.#ask(server, unknown);
    if (counts === null) return { tokens: estimateTokens(messages), isExact: false };
    for (const [index, text] of unknown.entries()) this.#remember(keyOf(text), counts[index] ?? 0);
    const overhead = sum(messages.map((message) => overheadOf(message)));
    return { tokens: overhead + sum(texts.map((text) => this.#known.get(keyOf(text)) ?? 0)), isExact: true };
  }

  async #ask({ target, signal }: Tokenizer, texts: readonly string[]): Promise<number[] | null> {
    return signal.aborted ? null : this.#countTokens(target, texts, signal);
  }

  #remember(key: string, tokens: number): void {
    const oldest = this.#known.keys().next().value;
    if (this.#known.size >= REMEMBERED_TEXTS && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, tokens);
  }
}

function overheadOf(message: ChatMessage): number {
  return MESSAGE_OVERHEAD + imageCountOf(message) * TOKENS_PER_IMAGE;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
