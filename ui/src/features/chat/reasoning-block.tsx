/** What the model thought before it answered: open while it thinks, folded after, as the reader likes. */
import { useState } from 'react';
import { useTranslation } from 'react-i18next';

interface ReasoningBlockProps {
  text: string;
  /** It is thinking now. */
  isThinking: boolean;
}

export function ReasoningBlock({ text, isThinking }: ReasoningBlockProps) {
  const { t } = useTranslation();
  const [wanted, setWanted] = useState<boolean | null>(null);
  const isOpen = wanted ?? isThinking;
  return (
    <div className="reasoning">
      <button type="button" className="text-action" aria-expanded={isOpen} onClick={() => setWanted(!isOpen)}>
        <span aria-hidden="true">{isOpen ? '▾' : '▸'}</span> {isThinking ? t('chat.thinking') : t('chat.thought')}
      </button>
      {isOpen && <div className="reasoning-text">{text}</div>}
    </div>
  );
}
