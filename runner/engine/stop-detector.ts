/** Finds stop strings in text that arrives in pieces, and holds back what may still become one, so that no part of it ever leaks. */

export class StopDetector {
  readonly #stops: readonly string[];
  #held = '';

  constructor(stops: readonly string[]) {
    this.#stops = stops.filter((stop) => stop !== '');
  }

  /** Takes the next piece; gives the text that is certainly not part of a stop string, and whether one was met. */
  push(piece: string): { text: string; isStopped: boolean } {
    const text = this.#held + piece;
    const found = this.#stops.map((stop) => text.indexOf(stop)).filter((index) => index >= 0);
    if (found.length > 0) {
      this.#held = '';
      return { text: text.slice(0, Math.min(...found)), isStopped: true };
    }
    const holdFrom = text.length - this.#longestPossibleStart(text);
    this.#held = text.slice(holdFrom);
    return { text: text.slice(0, holdFrom), isStopped: false };
  }

  /** The text still held back, for when generation ends without a stop string. */
  flush(): string {
    const text = this.#held;
    this.#held = '';
    return text;
  }

  #longestPossibleStart(text: string): number {
    let longest = 0;
    for (const stop of this.#stops) {
      const most = Math.min(stop.length - 1, text.length);
      for (let size = most; size > longest; size--) {
        if (text.endsWith(stop.slice(0, size))) longest = size;
      }
    }
    return longest;
  }
}
