/** A text button that copies a text and confirms it for a moment. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from '../../components/copy-text.ts';

export function CopyAction({ text, label }: { text: string; label: string }) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text)) ? 'copied' : 'failed');
    setTimeout(() => setOutcome(null), 1600);
  };
  return (
    <button
      type="button"
      className="text-action"
      aria-label={label}
      title={label}
      onClick={() => void copy()}
    >
      <span aria-live="polite">{outcome === null ? t('chat.copy') : t(`copy.${outcome}`)}</span>
    </button>
  );
}
