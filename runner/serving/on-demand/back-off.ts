/** The last failed load of a model: how long it keeps the next requests away, and what they are told. */
import type { LoadProblem } from '#contract/load-problem';

const FIRST_MS = 10_000;
const LONGEST_MS = 300_000;

interface Failure {
  count: number;
  until: number;
  problem: LoadProblem;
}

export class BackOff {
  #last: Failure | null = null;

  /** Why the last load failed; null: it did not. */
  get problem(): LoadProblem | null {
    return this.#last?.problem ?? null;
  }

  /** Answers what is called when more is known: it counts for this failure only. */
  failed(now: number, problem: LoadProblem): (problem: LoadProblem) => void {
    const before = this.#last?.count ?? 0;
    const failure: Failure = {
      count: before + 1,
      until: now + Math.min(FIRST_MS * 2 ** Math.min(before, 10), LONGEST_MS),
      problem,
    };
    this.#last = failure;
    return (why) => {
      failure.problem = why;
    };
  }

  reset(): void {
    this.#last = null;
  }

  /** Milliseconds in which no request may try; 0: the next one may. */
  waitMs(now: number): number {
    return Math.max(0, (this.#last?.until ?? now) - now);
  }
}
