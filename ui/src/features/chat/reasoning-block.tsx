/** The model's reasoning: open while it is thinking, closed afterwards, unless the reader toggles it. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface ReasoningBlockProps {
  text: string;
  /** The model is still thinking. */
  isThinking: boolean;
}

export function ReasoningBlock({ text, isThinking }: ReasoningBlockProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isOpen = wanted ?? isThinking;
  return (
    <div className="reasoning">
      <button type="button" className="text-action" aria-expanded={isOpen} onClick={() => setWanted(!isOpen)}>
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span>{' '}
        {isThinking ? t('chat.thinking') : t('chat.thought')}
      </button>
      {isOpen && <div className="reasoning-text">{text}</div>}
    </div>
  );
}
