/** Shows the page's language and goes to the next one; the choice is kept. */
import { ActionIcon } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { changeLanguage } from '../locales/i18n.ts';
import type { Language } from '../locales/language.ts';

const NEXT = { en: 'hr', hr: 'en' } as const;

export function LanguageToggle() {
  const { t, i18n } = useTranslation();
  const language: Language = i18n.language === 'hr' ? 'hr' : 'en';
  const next = NEXT[language];
  return (
    <ActionIcon
      className="rail-language"
      // The visible letters are a part of the name: who says what is seen reaches it.
      aria-label={`${language.toUpperCase()}: ${t('language.change')}`}
      title={t('language.change')}
      lang={next}
      onClick={() => void changeLanguage(next)}
    >
      {language.toUpperCase()}
    </ActionIcon>
  );
}
