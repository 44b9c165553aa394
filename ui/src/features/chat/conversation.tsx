/** One session's conversation: its messages, the answer being written, and the form for the next message. */
import { useCallback, useMemo, useState, type DragEvent, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import type { Message, Session } from '#contract/session';
import type { ChatStreams, TurnRequest } from './chat-streams.ts';
import { Composer } from './composer.tsx';
import type { MessageActions } from './message-actions.ts';
import { MessageList } from './message-list.tsx';
import { messagesBefore, questionOf } from './turn-state.ts';
import { useDraft, type TextStore } from './use-draft.ts';
import { useImages } from './use-images.ts';
import { useLiveTurn } from './use-live-turn.ts';
import './chat.css';

interface ConversationProps {
  session: Session;
  messages: readonly Message[];
  /** The server that gets the messages; null: none at the moment. */
  endpoint: Endpoint | null;
  /** The model is being loaded, or the next request loads it. */
  isLoading: boolean;
  streams: ChatStreams;
  drafts: TextStore;
  hindrance: ReactNode;
  /** The settings a message is sent with, shown below the field. */
  chips: ReactNode;
  empty: ReactNode;
  onFork: (messageId: string) => void;
}

export function Conversation({
  session,
  messages,
  endpoint,
  isLoading,
  streams,
  drafts,
  hindrance,
  chips,
  empty,
  onFork,
}: ConversationProps) {
  const { t } = useTranslation();
  const turn = useLiveTurn(streams, session.id, messages);
  const [text, setText] = useDraft(session.id, drafts);
  const images = useImages(endpoint?.vision !== false);
  const send = useCallback(
    (request: TurnRequest) =>
      streams.send(
        session.id,
        request,
        messages.map(({ id }) => id),
      ),
    [messages, session.id, streams],
  );
  const actions = useMemo<MessageActions>(
    () => ({
      resend: (messageId, message, kept) => send({ message, images: kept, replaceFrom: messageId }),
      regenerate: (answerId) => {
        const question = questionOf(messages, answerId);
        if (question !== null)
          send({ message: question.content, images: question.images, replaceFrom: question.id });
      },
      fork: onFork,
    }),
    [messages, onFork, send],
  );
  const shown = useMemo(() => messagesBefore(turn, messages), [turn, messages]);
  const stop = (): void => streams.stop(session.id);
  /** Returns an unanswered message to the composer; an edited one is still among the messages. */
  const putBack = (): void => {
    if (turn !== null && turn.request !== null && turn.request.replaceFrom === null) {
      setText(turn.request.message);
      images.replace(turn.request.images);
    }
    streams.drop(session.id);
  };
  const maxTokens = session.prompt.sampler.max_tokens ?? -1;
  return (
    <ImageDrop onFiles={images.add}>
      <MessageList
        isLoading={isLoading}
        label={t('chat.conversation')}
        messages={shown}
        turn={turn}
        maxTokens={maxTokens > 0 ? maxTokens : null}
        actions={actions}
        empty={empty}
        onStop={stop}
        onRetry={() => {
          if (turn !== null && turn.request !== null) send(turn.request);
        }}
        onDismiss={putBack}
      />
      <Composer
        text={text}
        onText={setText}
        name={endpoint?.name ?? t('chat.theModel')}
        images={images}
        hindrance={hindrance}
        isAnswering={turn !== null && turn.answer.end === null}
        onSend={(message) => send({ message, images: images.images, replaceFrom: null })}
        onStop={stop}
      >
        {chips}
      </Composer>
    </ImageDrop>
  );
}

function ImageDrop({
  onFiles,
  children,
}: {
  onFiles: (files: readonly File[]) => void;
  children: ReactNode;
}) {
  const { t } = useTranslation();
  const [isOver, setOver] = useState(false);
  const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');
  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- a place to drop on; the button does the same by keyboard
    <div
      className="conversation"
      onDragOver={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false);
      }}
      onDrop={(event) => {
        if (!hasFiles(event)) return;
        event.preventDefault();
        setOver(false);
        onFiles([...event.dataTransfer.files]);
      }}
    >
      {children}
      {isOver && <div className="drop-note">{t('chat.dropHere')}</div>}
    </div>
  );
}
