/** Compares two servers, or two presets: one question, two answers side by side; each side is a session of its own. */
import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useEffect, useState, useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../components/error-note.tsx';
import { Composer } from '../features/chat/composer.tsx';
import { useDraft } from '../features/chat/use-draft.ts';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { byStatus } from '../features/endpoints/endpoint-words.ts';
import { usePresets } from '../features/presets/preset-queries.ts';
import { messageIdsOf, useCreateSession } from '../features/sessions/session-queries.ts';
import { loadSides, startedOver, withDefaults, type CompareSideState, type CompareSides } from './compare-state.ts';
import { CompareSide } from './compare-side.tsx';
import type { PageParts } from './page-parts.ts';
import { SCREENS, formatRoute } from './router.ts';
import type { ChatDrafts } from './session-screen.tsx';

interface CompareScreenProps {
  parts: PageParts;
  drafts: ChatDrafts;
}

const LETTERS = ['A', 'B'] as const;

export function CompareScreen({ parts, drafts }: CompareScreenProps) {
  const { t } = useTranslation();
  const [chosen, setChosen] = useState(() => loadSides(drafts.compare.get('sides')));
  useEffect(() => drafts.compare.set('sides', JSON.stringify(chosen)), [chosen, drafts]);
  const endpoints = useEndpoints();
  const presets = usePresets().data ?? [];
  const online = byStatus(endpoints.data ?? []).filter(({ status }) => status === 'online');
  const sides = withDefaults(
    chosen,
    online.map(({ id }) => id),
  );
  const isAnswering = useSyncExternalStore(parts.chats.subscribe, () =>
    chosen.some(({ sessionId }) => sessionId !== null && parts.chats.isAnswering(sessionId)),
  );
  const isStarted = chosen.some(({ sessionId }) => sessionId !== null);
  const away = sides.flatMap(({ endpointId }) => {
    const endpoint = endpoints.data?.find(({ id }) => id === endpointId);
    return endpoint?.status === 'online' ? [] : [endpoint?.name ?? t('chat.noServer')];
  });
  const [text, setText] = useDraft('compare', drafts.messages);
  const ask = useAsk(parts, setChosen);
  const change = (at: number, patch: Partial<CompareSideState>): void => {
    const next = sides.map((side, index) => (index === at ? { ...side, ...patch } : side));
    setChosen(next as CompareSides);
  };
  const title = (text: string, at: number): string => t('chat.compareSession', { text: text.trim().slice(0, 80), side: LETTERS[at] ?? '' });
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
            streams={parts.chats}
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
              <strong>{t('chat.compareAway', { names: [...new Set(away)].join(', '), count: new Set(away).size })}</strong>{' '}
              {t('chat.compareAwayDo')}
            </div>
          )
        }
        isAnswering={isAnswering || ask.isPending}
        onSend={(question) => ask.mutate({ sides, text: question, titles: [title(question, 0), title(question, 1)] })}
        onStop={() => {
          for (const { sessionId } of chosen) if (sessionId !== null) parts.chats.stop(sessionId);
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
function useAsk(parts: PageParts, onSides: (sides: CompareSides) => void) {
  const client = useQueryClient();
  const { mutateAsync: createSession } = useCreateSession();
  return useMutation({
    mutationFn: async ({ sides, text, titles }: Question) => {
      const ready = await Promise.all(
        sides.map(async (side, at) => {
          if (side.sessionId !== null) return side;
          const { endpointId, presetId } = side;
          const { session } = await createSession({ title: titles[at], endpointId, ...(presetId !== null && { presetId }) });
          return { ...side, sessionId: session.id };
        }),
      );
      onSides(ready as CompareSides);
      for (const { sessionId } of ready) {
        if (sessionId !== null)
          parts.chats.send(sessionId, { message: text, images: [], replaceFrom: null }, messageIdsOf(client, sessionId));
      }
    },
  });
}
