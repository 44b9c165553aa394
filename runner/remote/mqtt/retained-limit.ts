/** How much the embedded broker may keep for those that come later: it stands in our memory. */
const MOST_TOPICS = 4_096;
const MOST_BYTES = 32 * 1024 * 1024;

export class RetainedLimit {
  readonly #sizes = new Map<string, number>();
  #bytes = 0;

  /** Whether a retained message may be kept; an empty one takes away what is. */
  admit(topic: string, length: number): boolean {
    const before = this.#sizes.get(topic);
    const size = length === 0 ? 0 : length + topic.length;
    const bytes = this.#bytes - (before ?? 0) + size;
    if (size > 0 && (bytes > MOST_BYTES || (before === undefined && this.#sizes.size >= MOST_TOPICS)))
      return false;
    if (size === 0) this.#sizes.delete(topic);
    else this.#sizes.set(topic, size);
    this.#bytes = bytes;
    return true;
  }
}
