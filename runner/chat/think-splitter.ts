/** Tells thinking from answering where a server leaves `<think>…</think>` at the start of the text, however it is cut into pieces. */
import type { Delta } from '../serving/completions/delta.ts';

const OPEN = '<think>';
const CLOSE = '</think>';

export class ThinkSplitter {
  #state: 'start' | 'thinking' | 'after' | 'answer' = 'start';
  #held = '';

  /** Content in, content and reasoning out. What may yet turn out to be a tag is held back. */
  split(text: string): Delta[] {
    if (this.#state === 'answer') return [{ kind: 'content', text }];
    this.#held += text;
    const deltas: Delta[] = [];
    if (this.#state === 'start') deltas.push(...this.#begin());
    if (this.#state === 'thinking') deltas.push(...this.#think());
    if (this.#state === 'after') deltas.push(...this.#answer());
    return deltas;
  }

  /** What was held back when the answer ended. */
  end(): Delta[] {
    const text = this.#held;
    this.#held = '';
    if (text === '' || this.#state === 'after') return [];
    return [{ kind: this.#state === 'thinking' ? 'reasoning' : 'content', text }];
  }

  #begin(): Delta[] {
    const trimmed = this.#held.trimStart();
    if (trimmed.startsWith(OPEN)) {
      this.#state = 'thinking';
      this.#held = trimmed.slice(OPEN.length).trimStart();
      return [];
    }
    if (OPEN.startsWith(trimmed)) return [];
    this.#state = 'answer';
    return this.#release('content', this.#held.length);
  }

  #think(): Delta[] {
    const end = this.#held.indexOf(CLOSE);
    if (end === -1) return this.#release('reasoning', this.#held.length - tailThatBegins(this.#held, CLOSE));
    const deltas = this.#release('reasoning', end);
    this.#held = this.#held.slice(CLOSE.length);
    this.#state = 'after';
    return deltas;
  }

  /** The blank lines between the tag and the answer belong to neither. */
  #answer(): Delta[] {
    this.#held = this.#held.trimStart();
    if (this.#held === '') return [];
    this.#state = 'answer';
    return this.#release('content', this.#held.length);
  }

  #release(kind: 'content' | 'reasoning', length: number): Delta[] {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    return text === '' ? [] : [{ kind, text }];
  }
}

/** How many characters at the end of `text` may be the beginning of `tag`. */
function tailThatBegins(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length -= 1)
    if (tag.startsWith(text.slice(-length))) return length;
  return 0;
}
