/** Turns tokens into text one by one without ever cutting a character: bytes of an unfinished one wait for the next token. */

/** Text of `tokens`, as it reads after `recent` (some tokenizers drop or add a space at the start of a text). */
export type Detokenize<Token> = (tokens: readonly Token[], recent: readonly Token[]) => string;

/** What the tokenizer gives for bytes that are not a whole character. */
const unfinished = '\uFFFD';
/** A character has at most four bytes: so many tokens without an end of it are no character but noise, and are given as they are. */
const mostPending = 32;
const recentKept = 8;

export class TokenText<Token> {
  readonly #detokenize: Detokenize<Token>;
  #recent: Token[];
  #pending: Token[] = [];
  #given = 0;

  constructor(detokenize: Detokenize<Token>, before: readonly Token[]) {
    this.#detokenize = detokenize;
    this.#recent = before.slice(-recentKept);
  }

  push(token: Token): string {
    this.#pending.push(token);
    const text = this.#detokenize(this.#pending, this.#recent);
    if (!text.endsWith(unfinished) || this.#pending.length >= mostPending) return this.#give(text);
    const piece = text.slice(this.#given, -unfinished.length);
    this.#given = Math.max(this.#given, text.length - unfinished.length);
    return piece;
  }

  /** What is left when generation ends inside a character. */
  flush(): string {
    return this.#pending.length === 0 ? '' : this.#give(this.#detokenize(this.#pending, this.#recent));
  }

  #give(text: string): string {
    const piece = text.slice(this.#given);
    this.#recent = [...this.#recent, ...this.#pending].slice(-recentKept);
    this.#pending = [];
    this.#given = 0;
    return piece;
  }
}
