/** Copies a text and says so for a moment; where the clipboard is closed to the page it says that instead. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from './copy-text.ts';

interface CopyButtonProps {
  text: string;
  /** What a screen reader calls it. */
  label: string;
  disabled?: boolean;
}

export function CopyButton({ text, label, disabled = false }: CopyButtonProps) {
  const { t } = useTranslation();
  const [outcome, setOutcome] = useState<'copied' | 'failed' | null>(null);
  const copy = async (): Promise<void> => {
    setOutcome((await copyText(text)) ? 'copied' : 'failed');
    setTimeout(() => setOutcome(null), 1600);
  };
  return (
    <Button size="xs" aria-label={label} disabled={disabled} onClick={() => void copy()}>
      <span aria-live="polite">{outcome === null ? t('copy.copy') : t(`copy.${outcome}`)}</span>
    </Button>
  );
}
