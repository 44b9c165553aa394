/** Puts the numbered frames of one answer in order: drops duplicates, waits for those that were overtaken, and says since when one is missing. */
export class FrameOrder<Frame extends { seq: number }> {
  readonly #window: number;
  readonly #early = new Map<number, Frame>();
  #next = 0;
  #gapSince: number | null = null;
  #awaited = 0;
  duplicates = 0;

  /** `window`: how far a frame may be ahead. */
  constructor(window: number) {
    this.#window = window;
  }

  get next(): number {
    return this.#next;
  }

  /** The frames that are due now. Throws RangeError for one that is too far ahead. */
  take(frame: Frame, now: number): Frame[] {
    if (frame.seq < this.#next || this.#early.has(frame.seq)) {
      this.duplicates += 1;
      return [];
    }
    if (frame.seq >= this.#next + this.#window)
      throw new RangeError(`frame ${frame.seq} came while ${this.#next} was missing`);
    this.#early.set(frame.seq, frame);
    const due: Frame[] = [];
    for (let found = this.#early.get(this.#next); found !== undefined; found = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      due.push(found);
    }
    this.#look(now, due.length > 0);
    return due;
  }

  /** The worker says that all frames before `next` are on their way. */
  expect(next: number, now: number): void {
    this.#awaited = Math.max(this.#awaited, next);
    this.#look(now, false);
  }

  /** How long the next frame has been missing, with later ones known of; 0: nothing is missing. */
  missingMs(now: number): number {
    return this.#gapSince === null ? 0 : now - this.#gapSince;
  }

  #look(now: number, hasMoved: boolean): void {
    const hasGap = this.#early.size > 0 || this.#awaited > this.#next;
    if (!hasGap) this.#gapSince = null;
    else if (hasMoved || this.#gapSince === null) this.#gapSince = now;
  }
}
