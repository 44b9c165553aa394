/** One session: its head, its conversation and its prompt panel, which is a drawer where there is no room. */
import { Button, Drawer, Skeleton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { useCallback, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Message, Session, SessionChange } from '#contract/session';
import { ErrorNote } from '../components/error-note.tsx';
import type { ChatStreams } from '../features/chat/chat-streams.ts';
import { Conversation } from '../features/chat/conversation.tsx';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { endpointFor, waitsForModel } from '../features/endpoints/endpoint-words.ts';
import { PromptChips } from '../features/presets/prompt-chips.tsx';
import { SessionPrompt } from '../features/presets/session-prompt.tsx';
import { useSessionPrompt } from '../features/presets/use-session-prompt.ts';
import { useChangeSession, useForkSession, useSession } from '../features/sessions/session-queries.ts';
import type { KeptTexts } from './kept-texts.ts';
import { SCREENS, formatRoute, navigate } from './router.ts';
import { SendHindrance, isHindered } from './send-hindrance.tsx';
import { SessionHead } from './session-head.tsx';

export interface ChatDrafts {
  messages: KeptTexts;
  prompts: KeptTexts;
  compare: KeptTexts;
}

interface SessionScreenProps {
  id: string;
  streams: ChatStreams;
  drafts: ChatDrafts;
  /** null: the list of sessions is in sight. */
  onShowSide: (() => void) | null;
}

export function SessionScreen({ id, streams, drafts, onShowSide }: SessionScreenProps) {
  const { t } = useTranslation();
  const detail = useSession(id);
  if (detail.data !== undefined) {
    const { session, messages } = detail.data;
    return (
      <LoadedSession
        session={session}
        messages={messages}
        streams={streams}
        drafts={drafts}
        onShowSide={onShowSide}
      />
    );
  }
  return (
    <div className="chat-start">
      {detail.error === null ? (
        <div className="session-loading" aria-busy="true">
          <output className="visually-hidden">{t('chat.loading')}</output>
          <Skeleton height={36} width="50%" ml="auto" />
          <Skeleton height={90} />
          <Skeleton height={36} width="40%" ml="auto" />
          <Skeleton height={60} />
        </div>
      ) : (
        <ErrorNote title={t('chat.loadFailed')} message={detail.error.message}>
          <Button size="xs" onClick={() => void detail.refetch()}>
            {t('retry')}
          </Button>
          <Button size="xs" component="a" href={formatRoute(SCREENS.chat)}>
            {t('chat.toSessions')}
          </Button>
        </ErrorNote>
      )}
    </div>
  );
}

interface LoadedSessionProps extends Omit<SessionScreenProps, 'id'> {
  session: Session;
  messages: readonly Message[];
}

function LoadedSession({ session, messages, streams, drafts, onShowSide }: LoadedSessionProps) {
  const { t } = useTranslation();
  const hasPanel =
    useMediaQuery('(min-width: 1200px)', undefined, { getInitialValueInEffect: false }) ?? true;
  const [isPanelOpen, setPanelOpen] = useState(false);
  const endpoints = useEndpoints();
  const endpoint = endpointFor(endpoints.data ?? [], session.endpointId);
  const control = useSessionPrompt(session, drafts.prompts);
  const fork = useForkSession();
  const change = useChangeSession();
  const { mutate: forkSession } = fork;
  const onFork = useCallback(
    (messageId?: string) =>
      forkSession(
        { id: session.id, messageId },
        { onSuccess: (made) => navigate({ screen: 'chat', sessionId: made.session.id, compare: false }) },
      ),
    [forkSession, session.id],
  );
  const apply = (patch: SessionChange): void =>
    change.mutate({ id: session.id, change: patch }, { onSuccess: control.discard });
  const showField = (field: string): void => {
    setPanelOpen(true);
    // A drawer is drawn first, then there is something to focus.
    setTimeout(
      () => document.querySelector<HTMLElement>(`.session-prompt [name="${field}"]`)?.focus(),
      hasPanel ? 0 : 250,
    );
  };
  const panel = (
    <SessionPrompt
      control={control}
      launch={endpoint?.launch?.command ?? null}
      isApplying={change.isPending}
      error={change.error}
      onApply={(prompt, presetId) => apply({ prompt, presetId })}
    />
  );
  return (
    <>
      <div className="chat-talk">
        <SessionHead
          session={session}
          endpoint={endpoint}
          endpoints={endpoints.data ?? []}
          isPromptEdited={control.isEdited}
          error={fork.error}
          onEndpoint={(endpointId) => change.mutate({ id: session.id, change: { endpointId } })}
          onFork={() => onFork()}
          onShowPrompt={hasPanel ? null : () => setPanelOpen(true)}
          onShowSide={onShowSide}
        />
        <Conversation
          session={session}
          messages={messages}
          endpoint={endpoint}
          isLoading={endpoint !== null && waitsForModel(endpoint)}
          streams={streams}
          drafts={drafts.messages}
          hindrance={
            endpoints.data !== undefined && isHindered(endpoint) ? (
              <SendHindrance session={session} endpoint={endpoint} />
            ) : null
          }
          chips={
            <PromptChips
              presetId={session.presetId}
              sampler={session.prompt.sampler}
              isEdited={control.isEdited}
              onChoose={(presetId) => apply({ presetId })}
              onShow={showField}
            />
          }
          empty={
            <div className="conversation-empty">
              <h2>{t('chat.emptyTitle', { name: endpoint?.name ?? t('chat.theModel') })}</h2>
              {endpoint !== null && waitsForModel(endpoint) && (
                <div className="sub">{t('chat.emptyOnDemand')}</div>
              )}
              <div className="sub">{t('chat.emptyText')}</div>
            </div>
          }
          onFork={onFork}
        />
      </div>
      {hasPanel ? (
        <aside className="chat-panel" aria-label={t('prompts.forSession')}>
          <h2 className="chat-panel-head">{t('prompts.forSession')}</h2>
          {panel}
        </aside>
      ) : (
        <Drawer
          opened={isPanelOpen}
          onClose={() => setPanelOpen(false)}
          position="right"
          size={380}
          title={t('prompts.forSession')}
          closeButtonProps={{ 'aria-label': t('close') }}
          classNames={{ body: 'chat-drawer-body' }}
        >
          {panel}
        </Drawer>
      )}
    </>
  );
}
