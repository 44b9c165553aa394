/** Texts that must survive a reload, by the id of what they belong to; the oldest go when there are many. */
const LIMIT = 60;

export class KeptTexts {
  readonly #openStorage: () => Pick<Storage, 'getItem' | 'setItem'>;
  readonly #key: string;

  constructor(openStorage: () => Pick<Storage, 'getItem' | 'setItem'>, name: string) {
    this.#openStorage = openStorage;
    this.#key = `llm-server-manager.${name}`;
  }

  get = (id: string): string | null => this.#load().find(([known]) => known === id)?.[1] ?? null;

  /** null or "": forget it. */
  set = (id: string, text: string | null): void => {
    const before = this.#load();
    const rest = before.filter(([known]) => known !== id);
    const isNothing = text === null || text === '';
    if (isNothing && rest.length === before.length) return;
    this.#save(isNothing ? rest : [...rest, [id, text] as const].slice(-LIMIT));
  };

  #load(): (readonly [string, string])[] {
    try {
      const kept: unknown = JSON.parse(this.#openStorage().getItem(this.#key) ?? '[]');
      return Array.isArray(kept) ? kept.filter(isEntry) : [];
    } catch {
      return [];
    }
  }

  #save(entries: readonly (readonly [string, string])[]): void {
    try {
      this.#openStorage().setItem(this.#key, JSON.stringify(entries));
    } catch {
      // Storage is full or closed to the page: what is typed works all the same.
    }
  }
}

function isEntry(entry: unknown): entry is [string, string] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && typeof entry[1] === 'string';
}
