/** One side of a comparison: its server and preset, and the answers. */
import { Select } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { ErrorNote } from '../components/error-note.tsx';
import { StateDot } from '../components/state-dot.tsx';
import type { ChatStreams } from '../features/chat/chat-streams.ts';
import { SessionMessages } from '../features/chat/session-messages.tsx';
import {
  endpointFacts,
  endpointState,
  endpointTone,
  waitsForModel,
} from '../features/endpoints/endpoint-words.ts';
import { useSession } from '../features/sessions/session-queries.ts';
import type { CompareSideState } from './compare-state.ts';
import { formatRoute } from './router.ts';

interface CompareSideProps {
  letter: string;
  side: CompareSideState;
  endpoints: readonly Endpoint[];
  presets: readonly { id: string; name: string }[];
  streams: ChatStreams;
  onChange: (patch: Partial<CompareSideState>) => void;
}

export function CompareSide({ letter, side, endpoints, presets, streams, onChange }: CompareSideProps) {
  const { t } = useTranslation();
  const endpoint = endpoints.find(({ id }) => id === side.endpointId) ?? null;
  const isStarted = side.sessionId !== null;
  return (
    <section className="compare-side" aria-label={t('chat.side', { letter })}>
      <div className="compare-choice">
        <Select
          aria-label={t('chat.sideServer', { letter })}
          placeholder={t('chat.noServer')}
          data={endpoints.map(({ id, name }) => ({ value: id, label: name }))}
          value={side.endpointId}
          allowDeselect={false}
          disabled={isStarted}
          onChange={(endpointId) => onChange({ endpointId })}
        />
        <Select
          aria-label={t('chat.sidePreset', { letter })}
          placeholder={t('chat.defaultPreset')}
          data={presets.map(({ id, name }) => ({ value: id, label: name }))}
          value={side.presetId}
          clearable
          clearButtonProps={{ 'aria-label': t('prompts.clearPreset') }}
          disabled={isStarted}
          onChange={(presetId) => onChange({ presetId })}
        />
      </div>
      <div className="row compare-facts">
        {endpoint !== null && (
          <>
            <StateDot tone={endpointTone(endpoint)} />
            <span className="sub truncate grow">
              {t(`endpoints.states.${endpointState(endpoint)}`)} · {endpointFacts(endpoint, t)}
            </span>
          </>
        )}
        {side.sessionId !== null && (
          <a
            className="compare-open"
            href={formatRoute({ screen: 'chat', sessionId: side.sessionId, compare: false })}
          >
            {t('chat.openAsSession')}
          </a>
        )}
      </div>
      {side.sessionId === null ? (
        <div className="compare-empty sub">{t('chat.sideEmpty')}</div>
      ) : (
        <SideMessages
          id={side.sessionId}
          label={t('chat.sideConversation', { letter })}
          streams={streams}
          isLoading={endpoint !== null && waitsForModel(endpoint)}
        />
      )}
    </section>
  );
}

interface SideMessagesProps {
  id: string;
  label: string;
  streams: ChatStreams;
  isLoading: boolean;
}

function SideMessages({ id, label, streams, isLoading }: SideMessagesProps) {
  const detail = useSession(id);
  if (detail.data === undefined)
    return detail.error === null ? <div /> : <ErrorNote message={detail.error.message} />;
  return (
    <SessionMessages
      label={label}
      session={detail.data.session}
      messages={detail.data.messages}
      streams={streams}
      isLoading={isLoading}
    />
  );
}
