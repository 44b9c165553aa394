/** Keeps what was sent of answers that have ended a short while ago: a client that was cut off may ask for their last frames. */
import type { AnswerSender } from './answer-sender.ts';

const KEPT_MS = 60_000;
const MOST_BYTES = 16 * 1024 * 1024;

interface Ended {
  attempt: number;
  sender: AnswerSender;
  at: number;
}

export class EndedAnswers {
  readonly #ended = new Map<string, Ended>();
  #bytes = 0;

  add(id: string, ended: Ended): void {
    this.#drop(id);
    this.#ended.set(id, ended);
    this.#bytes += ended.sender.keptBytes;
    this.sweep(ended.at);
  }

  get(id: string): Ended | undefined {
    return this.#ended.get(id);
  }

  /** The oldest go first; the latest one stays. */
  sweep(now: number): void {
    for (const [id, { at }] of this.#ended) {
      if (now - at < KEPT_MS && (this.#bytes <= MOST_BYTES || this.#ended.size === 1)) return;
      this.#drop(id);
    }
  }

  #drop(id: string): void {
    const ended = this.#ended.get(id);
    if (ended === undefined) return;
    this.#ended.delete(id);
    this.#bytes -= ended.sender.keptBytes;
  }
}
