/** Says how far an answer is, a few times a second at most. */
import type { Progress } from '#contract/chat';
import type { AnswerText } from './answer-text.ts';
import type { Delta } from '../serving/completions/delta.ts';

const TELL_EVERY_MS = 300;

export class ProgressTeller {
  readonly #tell: (progress: Progress) => void;
  readonly #maxTokens: number | null;
  #toldAt = -Infinity;

  /** `maxTokens` null: the end is not known. */
  constructor(tell: (progress: Progress) => void, maxTokens: number | null) {
    this.#tell = tell;
    this.#maxTokens = maxTokens;
  }

  queued(place: number): void {
    this.#tell({ phase: 'queued', place });
  }

  /** The server has been asked. */
  asked(): void {
    this.#tell({ phase: 'prompt', percent: null, tokens: null });
  }

  took(delta: Delta, text: AnswerText, atMs: number): void {
    if (delta.kind === 'prompt-progress') {
      const isWhole = delta.processed >= delta.total;
      if (isWhole || this.#isTime(atMs))
        this.#tell({ phase: 'prompt', percent: percentOf(delta), tokens: delta.total });
    } else if ((delta.kind === 'content' || delta.kind === 'reasoning') && this.#isTime(atMs))
      this.#tell(this.#answer(text));
  }

  #answer(text: AnswerText): Progress {
    const speed = text.tokensPerSecond;
    const left = this.#maxTokens === null ? null : Math.max(0, this.#maxTokens - text.pieces);
    const expected =
      left === null || speed === null || speed === 0 ? null : Math.round((left / speed) * 1000);
    return { phase: 'answer', tokens: text.pieces, tokens_per_second: speed, expected_end_ms: expected };
  }

  #isTime(atMs: number): boolean {
    if (atMs - this.#toldAt < TELL_EVERY_MS) return false;
    this.#toldAt = atMs;
    return true;
  }
}

function percentOf({ processed, total }: { processed: number; total: number }): number {
  return total <= 0 ? 100 : Math.min(100, Math.round((processed / total) * 100));
}
