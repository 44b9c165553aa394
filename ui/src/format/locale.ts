/** The Intl locale of the page's language. */
import i18n from 'i18next';

const LOCALES: Partial<Record<string, string>> = { hr: 'hr-HR' };

export function formatLocale(): string {
  return LOCALES[i18n.language] ?? 'en-GB';
}
