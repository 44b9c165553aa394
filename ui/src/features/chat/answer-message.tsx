/** A finished answer: its text, why it ended where that was early, its figures and its actions. */
import { Button } from '@mantine/core';
import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '#contract/session';
import { ErrorNote } from '../../components/error-note.tsx';
import { errorWords } from '../../locales/error-words.ts';
import { AnswerDetails, AnswerFigures } from './answer-meta.tsx';
import { CopyAction } from './copy-action.tsx';
import { AnswerText } from './markdown.tsx';
import type { MessageActions } from './message-actions.ts';
import { ReasoningBlock } from './reasoning-block.tsx';
import { ToolCallList } from './tool-call-list.tsx';
import { readToolCalls } from './tool-calls.ts';

interface AnswerMessageProps {
  message: Message;
  isLast: boolean;
  /** Another answer is being written. */
  isBusy: boolean;
  actions: MessageActions | null;
}

export const AnswerMessage = memo(function AnswerMessage({
  message,
  isLast,
  isBusy,
  actions,
}: AnswerMessageProps) {
  const { t } = useTranslation();
  const { content, reasoning, status } = message;
  const calls = readToolCalls(message.toolCalls);
  return (
    <article className="answer" aria-label={message.meta?.endpointName ?? t('chat.answer')}>
      {reasoning !== null && reasoning !== '' && <ReasoningBlock text={reasoning} isThinking={false} />}
      {content !== '' && <AnswerText text={content} />}
      {calls.length > 0 && <ToolCallList calls={calls} />}
      {status === 'complete' && content === '' && calls.length === 0 && (
        <div className="sub">{t('chat.emptyAnswer')}</div>
      )}
      <AnswerEnd
        message={message}
        onRetry={isLast && actions !== null ? () => actions.regenerate(message.id) : null}
      />
      <div className="answer-foot">
        {message.meta !== null && <AnswerFigures meta={message.meta} />}
        <span className="message-tools">
          {message.meta !== null && <AnswerDetails meta={message.meta} at={message.at} />}
          {content !== '' && <CopyAction text={content} label={t('chat.copyAnswer')} />}
          {actions !== null && status !== 'failed' && (
            <>
              {isLast && (
                <button type="button" className="text-action" onClick={() => actions.regenerate(message.id)}>
                  {t('chat.regenerate')}
                </button>
              )}
              <button
                type="button"
                className="text-action"
                disabled={isBusy}
                title={t('chat.forkHint')}
                onClick={() => actions.fork(message.id)}
              >
                {t('chat.forkHere')}
              </button>
            </>
          )}
        </span>
      </div>
    </article>
  );
});

function AnswerEnd({ message, onRetry }: { message: Message; onRetry: (() => void) | null }) {
  const { t } = useTranslation();
  const { status, error, meta } = message;
  const leftOut = meta?.leftOut ?? null;
  return (
    <>
      {status === 'failed' && (
        <ErrorNote title={t('chat.failed')} message={error === null ? '' : errorWords(error)}>
          {onRetry !== null && (
            <Button size="xs" onClick={onRetry}>
              {t('chat.retry')}
            </Button>
          )}
        </ErrorNote>
      )}
      {status === 'cut' && (
        <div className="note note-busy">
          <div>
            <strong>{t('chat.cut')}</strong> {error === null ? t('chat.cutText') : errorWords(error)}
          </div>
        </div>
      )}
      {meta?.finishReason === 'length' && status === 'complete' && (
        <div className="note note-busy">
          <div>
            <strong>{t('chat.lengthTitle')}</strong> {t('chat.lengthText')}
          </div>
        </div>
      )}
      {leftOut !== null && leftOut.turns > 0 && (
        <div className="sub">{t('chat.leftOut', { count: leftOut.turns })}</div>
      )}
    </>
  );
}
