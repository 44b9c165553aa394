/** A session's messages, read-only, as in a comparison. */
import { useMemo } from 'react';
import type { Message, Session } from '#contract/session';
import type { ChatStreams } from './chat-streams.ts';
import { MessageList } from './message-list.tsx';
import { messagesBefore } from './turn-state.ts';
import { useLiveTurn } from './use-live-turn.ts';
import './chat.css';

interface SessionMessagesProps {
  label: string;
  session: Session;
  messages: readonly Message[];
  streams: ChatStreams;
  /** The model is being loaded, or the next request loads it. */
  isLoading: boolean;
}

export function SessionMessages({ label, session, messages, streams, isLoading }: SessionMessagesProps) {
  const turn = useLiveTurn(streams, session.id, messages);
  const shown = useMemo(() => messagesBefore(turn, messages), [turn, messages]);
  const maxTokens = session.prompt.sampler.max_tokens ?? -1;
  return (
    <MessageList
      label={label}
      messages={shown}
      turn={turn}
      isLoading={isLoading}
      maxTokens={maxTokens > 0 ? maxTokens : null}
      actions={null}
      empty={null}
      onStop={() => streams.stop(session.id)}
      onRetry={() => {
        if (turn === null || turn.request === null) return;
        const ids = messages.map(({ id }) => id);
        streams.send(session.id, turn.request, ids);
      }}
      onDismiss={() => streams.drop(session.id)}
    />
  );
}
