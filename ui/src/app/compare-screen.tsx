/** Compares two servers, or two presets: one question, two answers side by side; each side is a session of its own. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../components/error-note.tsx';
import type { ChatStreams } from '../features/chat/chat-streams.ts';
import { Composer } from '../features/chat/composer.tsx';
import { useDraft } from '../features/chat/use-draft.ts';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { byStatus, isUsable } from '../features/endpoints/endpoint-words.ts';
import { usePresets } from '../features/presets/preset-queries.ts';
import { messageIdsOf, useCreateSession } from '../features/sessions/session-queries.ts';
import {
  loadSides,
  startedOver,
  withDefaults,
  type CompareSideState,
  type CompareSides,
} from './compare-state.ts';
import { CompareSide } from './compare-side.tsx';
import { SCREENS, formatRoute } from './router.ts';
import type { ChatDrafts } from './session-screen.tsx';

interface CompareScreenProps {
  streams: ChatStreams;
  drafts: ChatDrafts;
}

const LETTERS = ['A', 'B'] as const;

export function CompareScreen({ streams, drafts }: CompareScreenProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(() => loadSides(drafts.compare.get('sides')));
  useEffect(() => drafts.compare.set('sides', JSON.stringify(chosen)), [chosen, drafts]);
  const endpoints = useEndpoints();
  const presets = usePresets().data ?? [];
  const usable = byStatus(endpoints.data ?? []).filter(isUsable);
  const sides = withDefaults(
    chosen,
    usable.map(({ id }) => id),
  );
  const isAnswering = useSyncExternalStore(streams.subscribe, () =>
    chosen.some(({ sessionId }) => sessionId !== null && streams.isAnswering(sessionId)),
  );
  const isStarted = chosen.some(({ sessionId }) => sessionId !== null);
  const away = sides.flatMap(({ endpointId }) => {
    const endpoint = endpoints.data?.find(({ id }) => id === endpointId);
    return endpoint !== undefined && isUsable(endpoint) ? [] : [endpoint?.name ?? t('chat.noServer')];
  });
  const [text, setText] = useDraft('compare', drafts.messages);
  const ask = useAsk(streams, setChosen);
  const change = (at: number, patch: Partial<CompareSideState>): void => {
    const next = sides.map((side, index) => (index === at ? { ...side, ...patch } : side));
    setChosen(next as CompareSides);
  };
  const title = (text: string, at: number): string =>
    t('chat.compareSession', { text: text.trim().slice(0, 80), side: LETTERS[at] ?? '' });
  return (
    <div className="compare">
      <header className="session-head">
        <div className="row">
          <h1 className="compare-title grow">{t('chat.compareTitle')}</h1>
          <Button
            size="xs"
            disabled={!isStarted || isAnswering}
            title={t('chat.startOverHint')}
            onClick={() => setChosen(startedOver(sides))}
          >
            {t('chat.startOver')}
          </Button>
          <Button size="xs" component="a" href={formatRoute(SCREENS.chat)}>
            {t('chat.toSessions')}
          </Button>
        </div>
      </header>
      <div className="compare-sides">
        {sides.map((side, at) => (
          <CompareSide
            key={LETTERS[at]}
            letter={LETTERS[at] ?? ''}
            side={side}
            endpoints={endpoints.data ?? []}
            presets={presets}
            streams={streams}
            onChange={(patch) => change(at, patch)}
          />
        ))}
      </div>
      {ask.error !== null && <ErrorNote message={ask.error.message} />}
      <Composer
        text={text}
        onText={setText}
        name={t('chat.both')}
        images={null}
        hindrance={
          away.length === 0 || endpoints.data === undefined ? null : (
            <div>
              <strong>
                {t('chat.compareAway', { names: [...new Set(away)].join(', '), count: new Set(away).size })}
              </strong>{' '}
              {t('chat.compareAwayDo')}
            </div>
          )
        }
        isAnswering={isAnswering || ask.isPending}
        onSend={(question) =>
          ask.mutate({ sides, text: question, titles: [title(question, 0), title(question, 1)] })
        }
        onStop={() => {
          for (const { sessionId } of chosen) if (sessionId !== null) streams.stop(sessionId);
        }}
      >
        <span className="sub compare-hint">{t('chat.compareHint')}</span>
      </Composer>
    </div>
  );
}

interface Question {
  sides: CompareSides;
  text: string;
  titles: [string, string];
}

/** Makes the sessions that are not there yet, then asks both at once. */
function useAsk(streams: ChatStreams, onSides: (sides: CompareSides) => void) {
  const client = useQueryClient();
  const { mutateAsync: createSession } = useCreateSession();
  return useMutation({
    mutationFn: async ({ sides, text, titles }: Question) => {
      const ready = await Promise.all(
        sides.map(async (side, at) => {
          if (side.sessionId !== null) return side;
          const { endpointId, presetId } = side;
          const { session } = await createSession({
            title: titles[at],
            endpointId,
            ...(presetId !== null && { presetId }),
          });
          return { ...side, sessionId: session.id };
        }),
      );
      onSides(ready as CompareSides);
      for (const { sessionId } of ready) {
        if (sessionId !== null)
          streams.send(
            sessionId,
            { message: text, images: [], replaceFrom: null },
            messageIdsOf(client, sessionId),
          );
      }
    },
  });
}
