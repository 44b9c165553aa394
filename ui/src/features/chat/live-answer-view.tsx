/** The answer being written: its text so far, its progress, and Stop. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { errorWords } from '../../locales/error-words.ts';
import type { LiveTurn } from './chat-streams.ts';
import { AnswerText } from './markdown.tsx';
import { ProgressLine } from './progress-line.tsx';
import { ReasoningBlock } from './reasoning-block.tsx';
import { ToolCallList } from './tool-call-list.tsx';

interface LiveAnswerViewProps {
  turn: LiveTurn;
  isLoading: boolean;
  maxTokens: number | null;
  onStop: () => void;
  onRetry: () => void;
  onDismiss: () => void;
}

export function LiveAnswerView({
  turn,
  isLoading,
  maxTokens,
  onStop,
  onRetry,
  onDismiss,
}: LiveAnswerViewProps) {
  const { t } = useTranslation();
  const { answer } = turn;
  const isWriting = answer.end === null;
  return (
    <article className="answer" aria-label={t('chat.answer')} aria-busy={isWriting}>
      {answer.reasoning !== '' && (
        <ReasoningBlock text={answer.reasoning} isThinking={isWriting && answer.content === ''} />
      )}
      {answer.content !== '' && (
        <div className={isWriting ? 'is-writing' : undefined}>
          <AnswerText text={answer.content} />
        </div>
      )}
      {answer.toolCalls.length > 0 && <ToolCallList calls={answer.toolCalls} />}
      {answer.end?.kind === 'failed' && turn.isSettled && (
        <ErrorNote
          title={answer.content === '' ? t('chat.failed') : t('chat.cut')}
          message={errorWords(answer.end)}
        >
          {turn.request !== null && (
            <Button size="xs" onClick={onRetry}>
              {t('chat.retry')}
            </Button>
          )}
          <Button size="xs" onClick={onDismiss}>
            {t('chat.dismiss')}
          </Button>
        </ErrorNote>
      )}
      {isWriting && <ProgressLine turn={turn} isLoading={isLoading} maxTokens={maxTokens} onStop={onStop} />}
    </article>
  );
}
