/** The messages of a conversation and the turn in progress; stays scrolled to the end while the reader is there. */
import { Button } from '@mantine/core';
import { memo, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message } from '#contract/session';
import { Icon } from '../../components/icon.tsx';
import { AnswerMessage } from './answer-message.tsx';
import type { LiveTurn, TurnRequest } from './chat-streams.ts';
import { LiveAnswerView } from './live-answer-view.tsx';
import type { MessageActions } from './message-actions.ts';
import { UserMessage } from './user-message.tsx';
import { useStickToEnd } from './use-stick-to-end.ts';

interface MessageListProps {
  /** The name for screen readers. */
  label: string;
  messages: readonly Message[];
  turn: LiveTurn | null;
  /** The model is being loaded, or the next request loads it. */
  isLoading: boolean;
  maxTokens: number | null;
  /** null: messages have no actions here. */
  actions: MessageActions | null;
  onStop: () => void;
  onRetry: () => void;
  onDismiss: () => void;
  /** Shown while there are no messages. */
  empty: ReactNode;
}

export function MessageList({
  label,
  messages,
  turn,
  isLoading,
  maxTokens,
  actions,
  onStop,
  onRetry,
  onDismiss,
  empty,
}: MessageListProps) {
  const { t } = useTranslation();
  const { box, content, isAtEnd, toEnd } = useStickToEnd();
  const isWriting = turn !== null && turn.answer.end === null;
  return (
    <div className="messages-frame">
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls */}
      <section className="messages" ref={box} aria-label={label} tabIndex={0}>
        <div className="messages-inner" ref={content}>
          {messages.length === 0 && turn === null && empty}
          {messages.map((message, index) =>
            message.role === 'assistant' ? (
              <AnswerMessage
                key={message.id}
                message={message}
                isLast={index === messages.length - 1 && turn === null}
                isBusy={turn !== null}
                actions={actions}
              />
            ) : (
              <UserMessage
                key={message.id}
                message={message}
                countAfter={messages.length - 1 - index}
                isBusy={turn !== null}
                actions={actions}
              />
            ),
          )}
          {turn !== null && turn.request !== null && <PendingMessage request={turn.request} />}
          {turn !== null && (
            <LiveAnswerView
              turn={turn}
              isLoading={isLoading}
              maxTokens={maxTokens}
              onStop={onStop}
              onRetry={onRetry}
              onDismiss={onDismiss}
            />
          )}
        </div>
      </section>
      {/* Screen readers announce the start and the end, not every word. */}
      <output className="visually-hidden">{isWriting ? t('chat.writing') : ''}</output>
      {!isAtEnd && (
        <Button
          className="to-end"
          size="xs"
          leftSection={<Icon name="arrowDown" size={12} />}
          onClick={toEnd}
        >
          {t('chat.toEnd')}
        </Button>
      )}
    </div>
  );
}

const PendingMessage = memo(function PendingMessage({ request }: { request: TurnRequest }) {
  return (
    <UserMessage
      message={{ id: '', content: request.message, images: [...request.images], sent: null }}
      countAfter={0}
      isBusy
      actions={null}
    />
  );
});
