/** A list of listeners for one kind of news. `subscribe` returns its undo. */
export class Signal<News> {
  readonly #listeners = new Set<(news: News) => void>();

  subscribe(listener: (news: News) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  emit(news: News): void {
    for (const listener of this.#listeners) listener(news);
  }
}
