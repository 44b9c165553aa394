/** For tests: a `t` with the given texts, ready at once and independent of the page's. */
import { createInstance, type TFunction } from 'i18next';
import { allTexts } from './all-texts.ts';
import type { Language } from './language.ts';

export function makeT(texts: object = allTexts.en, language: Language = 'en'): TFunction {
  const instance = createInstance();
  void instance.init({
    lng: language,
    resources: { [language]: { translation: texts } },
    interpolation: { escapeValue: false },
    initAsync: false,
  });
  return instance.t;
}
