/** Copies a text and confirms it for a moment, or says that the browser did not allow it. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { copyText } from './copy-text.ts';

interface CopyButtonProps {
  text: string;
  /** The name for screen readers. */
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
