/** Sets up i18next and changes the language. Only the current language is loaded, a screen's texts when it is first shown. */
import i18n from 'i18next';
import { initReactI18next } from 'react-i18next';
import type { allTexts } from './all-texts.ts';
import { languageFor, loadLanguage, saveLanguage, type Language } from './language.ts';
import { RUNNER_TEXTS } from './runner-texts.ts';
import { TEXT_PARTS, loadTextPart, type TextPart } from './text-parts.ts';

// An unknown key, or a missing value for a text, does not compile.
declare module 'i18next' {
  interface CustomTypeOptions {
    resources: { translation: (typeof allTexts)['en'] };
  }
}

const openStorage = (): Storage => localStorage;

/** Resolves when the page can be rendered. */
export async function startI18n(): Promise<void> {
  const language = loadLanguage(openStorage) ?? languageFor(navigator.languages);
  const texts = await loadTexts(language);
  await i18n.use(initReactI18next).init({
    lng: language,
    // English is not loaded as a fallback: a test proves that no language lacks a text.
    fallbackLng: 'en',
    fallbackNS: [...TEXT_PARTS],
    resources: { [language]: { translation: texts } },
    // React escapes what it renders.
    interpolation: { escapeValue: false },
    // The texts for the runner's codes load after the first paint: components that show them must render again.
    react: { useSuspense: false, bindI18nStore: 'added' },
  });
  document.documentElement.lang = language;
  void addRunnerTexts(language);
}

/** Resolves when the part is loaded in the page's language, so that its screen can be rendered. */
export async function addTextPart(part: TextPart): Promise<void> {
  for (let language = current(); !i18n.hasResourceBundle(language, part); language = current())
    await addPart(language, part);
}

/** Renders the page again in the other language, without losing any state. */
export async function changeLanguage(language: Language): Promise<void> {
  if (!i18n.hasResourceBundle(language, 'translation'))
    i18n.addResourceBundle(language, 'translation', await loadTexts(language));
  await addRunnerTexts(language);
  // A screen may be opened meanwhile: load until no visible part is missing.
  for (let missing = missingParts(language); missing.length > 0; missing = missingParts(language)) {
    await Promise.all(missing.map(async (part) => addPart(language, part)));
  }
  await i18n.changeLanguage(language);
  document.documentElement.lang = language;
  saveLanguage(openStorage, language);
}

function missingParts(language: Language): TextPart[] {
  return TEXT_PARTS.filter(
    (part) => i18n.hasResourceBundle(current(), part) && !i18n.hasResourceBundle(language, part),
  );
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

/** English needs none, because the runner's messages are English; they also remain where these texts cannot be loaded. */
async function addRunnerTexts(language: Language): Promise<void> {
  if (language === 'en' || i18n.hasResourceBundle(language, RUNNER_TEXTS)) return;
  const loaded = await import('./hr-runner.ts').catch(() => null);
  if (loaded !== null) i18n.addResourceBundle(language, RUNNER_TEXTS, loaded.hrRunner);
}
