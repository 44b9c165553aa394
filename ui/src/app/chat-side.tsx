/** The left column of the Chat screen: servers to talk to, and sessions. */
import { useCallback } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '#contract/session';
import type { ChatStreams } from '../features/chat/chat-streams.ts';
import { EndpointList } from '../features/endpoints/endpoint-list.tsx';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { endpointFor, endpointState } from '../features/endpoints/endpoint-words.ts';
import { usePresets } from '../features/presets/preset-queries.ts';
import { SessionList } from '../features/sessions/session-list.tsx';
import { NewSession } from './new-session.tsx';
import { SCREENS, formatRoute, navigate } from './router.ts';
import { useNewSession } from './use-new-session.ts';

interface ChatSideProps {
  streams: ChatStreams;
  selectedId: string | null;
  /** A session was chosen or made: a drawer can close. */
  onChosen: () => void;
}

const hrefOf = (sessionId: string): string => formatRoute({ screen: 'chat', sessionId, compare: false });

export function ChatSide({ streams, selectedId, onChosen }: ChatSideProps) {
  const { t } = useTranslation();
  const endpoints = useEndpoints().data;
  const presets = usePresets().data ?? [];
  const { create } = useNewSession();
  const placeOf = ({ endpointId, presetId }: Session): { text: string; isOffline: boolean } => {
    const endpoint = endpointFor(endpoints ?? [], endpointId);
    const preset = presets.find(({ id }) => id === presetId);
    const name = endpoint?.name ?? endpointId ?? t('chat.noServer');
    return {
      text: preset === undefined ? name : `${name} · ${preset.name}`,
      isOffline: endpoints !== undefined && (endpoint === null || endpointState(endpoint) === 'offline'),
    };
  };
  const show = useCallback(
    (id: string) => {
      navigate({ screen: 'chat', sessionId: id, compare: false });
      onChosen();
    },
    [onChosen],
  );
  return (
    // oxlint-disable-next-line jsx-a11y/click-events-have-key-events, jsx-a11y/no-static-element-interactions -- hears its links being followed
    <div
      className="chat-side-inner"
      onClick={(event) => {
        if (event.target instanceof Element && event.target.closest('a') !== null) onChosen();
      }}
    >
      <EndpointList
        presets={presets}
        onNewSession={(endpointId) => {
          onChosen();
          create({ endpointId });
        }}
      />
      <SessionList
        selectedId={selectedId}
        hrefOf={hrefOf}
        placeOf={placeOf}
        newSession={<NewSession onMade={onChosen} />}
        onGone={(id) => {
          streams.drop(id);
          if (id === selectedId) navigate(SCREENS.chat);
        }}
        onForked={show}
      />
    </div>
  );
}
