/** The page's language: the user's choice, else the browser's preference. */
const LANGUAGES = ['en', 'hr'] as const;
export type Language = (typeof LANGUAGES)[number];

const STORAGE_KEY = 'llm-server-manager.language';
/** Readers of Bosnian, Serbo-Croatian and Serbian in Latin script understand Croatian better than English. */
const READ_AS_CROATIAN = new Set(['hr', 'bs', 'sh', 'sr']);

/** The first of the browser's languages that the page has. */
export function languageFor(wanted: readonly string[]): Language {
  for (const tag of wanted) {
    const { language, script } = parseTag(tag);
    if (language === 'en') return 'en';
    if (READ_AS_CROATIAN.has(language) && script === 'Latn') return 'hr';
  }
  return 'en';
}

export function loadLanguage(openStorage: () => Pick<Storage, 'getItem'>): Language | null {
  try {
    const stored = openStorage().getItem(STORAGE_KEY);
    return LANGUAGES.find((language) => language === stored) ?? null;
  } catch {
    return null;
  }
}

export function saveLanguage(openStorage: () => Pick<Storage, 'setItem'>, language: Language): void {
  try {
    openStorage().setItem(STORAGE_KEY, language);
  } catch {
    // The storage is full or blocked: the choice lasts until a reload.
  }
}

function parseTag(tag: string): { language: string; script: string | undefined } {
  try {
    const { language, script } = new Intl.Locale(tag).maximize();
    return { language, script };
  } catch {
    return { language: '', script: undefined };
  }
}
