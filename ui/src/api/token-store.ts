/** Owns the access token: read once from the URL fragment, kept for this tab only, with whether the runner refused it. */
const STORAGE_KEY = 'llm-server-manager.token';

interface Page {
  location: Pick<Location, 'hash' | 'pathname' | 'search'>;
  history: Pick<History, 'replaceState'>;
  sessionStorage: Pick<Storage, 'getItem' | 'setItem'>;
}

export class TokenStore {
  #token: string | null = null;
  #isRefused = false;
  readonly #listeners = new Set<() => void>();
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  /** Reads `#token=…` and removes it from the address, so that no history entry and no copied link contains it. */
  start(): void {
    const { location, history, sessionStorage } = this.#page;
    const match = /^#token=([^&]+)/.exec(location.hash);
    if (match?.[1] !== undefined) {
      sessionStorage.setItem(STORAGE_KEY, decodeURIComponent(match[1]));
      history.replaceState(null, '', location.pathname + location.search);
    }
    this.#token = sessionStorage.getItem(STORAGE_KEY);
  }

  get = (): string | null => this.#token;
  isRefused = (): boolean => this.#isRefused;

  set(token: string): void {
    this.#token = token;
    this.#isRefused = false;
    this.#page.sessionStorage.setItem(STORAGE_KEY, token);
    this.#notify();
  }

  refuse(): void {
    if (this.#isRefused) return;
    this.#isRefused = true;
    this.#notify();
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  #notify(): void {
    for (const listener of this.#listeners) listener();
  }
}
