/** Sets i18next up and changes the language; the texts of one language at a time are loaded, those of a screen when it is first shown. */
import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { allTexts } from './all-texts.ts';
import { languageFor, loadLanguage, saveLanguage, type Language } from './language.ts';
import { RUNNER_TEXTS } from './runner-texts.ts';
import { TEXT_PARTS, loadTextPart, type TextPart } from './text-parts.ts';

// A key that `t` does not know, or a value that its text needs and does not get, does not compile.
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: (typeof allTexts)['en'] };
  }
}

const openStorage = (): Storage => localStorage;

/** The page may be drawn when this is done. */
export async function startI18n(): Promise<void> {
  const language = loadLanguage(openStorage) ?? languageFor(navigator.languages);
  const texts = await loadTexts(language);
  await i18n.use(initReactI18next).init({
    lng: language,
    // Only named: a test proves that no text is missing in any language, so it need not be loaded beside another.
    fallbackLng: 'en',
    fallbackNS: [...TEXT_PARTS],
    resources: { [language]: { translation: texts } },
    // React escapes what it draws.
    interpolation: { escapeValue: false },
    // The texts for what the runner says come after the first paint: what shows some is drawn anew.
    react: { useSuspense: false, bindI18nStore: 'added' },
  });
  document.documentElement.lang = language;
  void addRunnerTexts(language);
}

/** What shows this part may be drawn when this is done: the part is there in the page's language. */
export async function addTextPart(part: TextPart): Promise<void> {
  for (let language = current(); !i18n.hasResourceBundle(language, part); language = current()) await addPart(language, part);
}

/** What is on the page is drawn anew; nothing is lost. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation')) i18n.addResourceBundle(language, 'translation', await loadTexts(language));
  await addRunnerTexts(language);
  // A screen may have been opened meanwhile: until nothing that is shown is missing.
  for (let missing = missingParts(language); missing.length > 0; missing = missingParts(language)) {
    await Promise.all(missing.map(async (part) => addPart(language, part)));
  }
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
  saveLanguage(openStorage, language);
}

function missingParts(language: Language): TextPart[] {
  return TEXT_PARTS.filter((part) => i18n.hasResourceBundle(current(), part) && !i18n.hasResourceBundle(language, part));
}

async function addPart(language: Language, part: TextPart): Promise<void> {
  i18n.addResourceBundle(language, part, await loadTextPart(language, part));
}

function current(): Language {
  return i18n.language === 'hr' ? 'hr' : 'en';
}

async function loadTexts(language: Language): Promise<object> {
  return language === 'hr' ? (await import('./hr.ts')).hr : (await import('./en.ts')).en;
}

/** English needs none: they are the runner's own. Where they cannot be loaded, those stay. */
async function addRunnerTexts(language: Language): Promise<void> {
  if (language === 'en' || i18n.hasResourceBundle(language, RUNNER_TEXTS)) return;
  const loaded = await import('./hr-runner.ts').catch(() => null);
  if (loaded !== null) i18n.addResourceBundle(language, RUNNER_TEXTS, loaded.hrRunner);
}
