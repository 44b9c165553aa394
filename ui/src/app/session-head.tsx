/** The head of a session: its server (which can be changed), and what can be done with the whole of it. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import type { Session } from '#contract/session';
import { ErrorNote } from '../components/error-note.tsx';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/state-dot.tsx';
import {
  byStatus,
  endpointFacts,
  endpointState,
  endpointTone,
} from '../features/endpoints/endpoint-words.ts';
import { useExportSession } from '../features/sessions/session-queries.ts';
import { formatRoute } from './router.ts';

interface SessionHeadProps {
  session: Session;
  endpoint: Endpoint | null;
  endpoints: readonly Endpoint[];
  isPromptEdited: boolean;
  error: Error | null;
  onEndpoint: (id: string | null) => void;
  onFork: () => void;
  /** null: the panel is in sight. */
  onShowPrompt: (() => void) | null;
  onShowSide: (() => void) | null;
}

export function SessionHead({
  session,
  endpoint,
  endpoints,
  isPromptEdited,
  error,
  onEndpoint,
  onFork,
  onShowPrompt,
  onShowSide,
}: SessionHeadProps) {
  const { t } = useTranslation();
  const download = useExportSession();
  const title = session.title === '' ? t('sessions.untitled') : session.title;
  const facts = endpoint === null ? '' : endpointFacts(endpoint, t);
  const failure = error ?? download.error;
  return (
    <header className="session-head">
      <div className="row">
        {onShowSide !== null && (
          <ActionIcon aria-label={t('sessions.title')} title={t('sessions.title')} onClick={onShowSide}>
            <Icon name="list" />
          </ActionIcon>
        )}
        <h1 className="visually-hidden">{title}</h1>
        <EndpointMenu session={session} endpoint={endpoint} endpoints={endpoints} onEndpoint={onEndpoint} />
        <span className="sub truncate grow head-facts" title={facts}>
          {facts}
        </span>
        <span className="head-actions">
          <Button
            size="xs"
            component="a"
            href={formatRoute({ screen: 'chat', sessionId: null, compare: true })}
          >
            {t('chat.compare')}
          </Button>
          <Button size="xs" onClick={onFork}>
            {t('chat.fork')}
          </Button>
        </span>
        <Menu position="bottom-end" width={200}>
          <Menu.Target>
            <ActionIcon aria-label={t('sessions.actionsOf', { name: title })}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item
              className="head-menu-only"
              component="a"
              href={formatRoute({ screen: 'chat', sessionId: null, compare: true })}
            >
              {t('chat.compare')}
            </Menu.Item>
            <Menu.Item className="head-menu-only" onClick={onFork}>
              {t('chat.fork')}
            </Menu.Item>
            <Menu.Item onClick={() => download.mutate({ id: session.id, format: 'markdown' })}>
              {t('sessions.exportMarkdown')}
            </Menu.Item>
            <Menu.Item onClick={() => download.mutate({ id: session.id, format: 'json' })}>
              {t('sessions.exportJson')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
        {onShowPrompt !== null && (
          <Button size="xs" leftSection={<Icon name="panel" size={14} />} onClick={onShowPrompt}>
            {t('chat.prompt')}
            {isPromptEdited && <span className="edited-mark" title={t('prompts.notApplied')} />}
          </Button>
        )}
      </div>
      {failure !== null && <ErrorNote message={failure.message} />}
    </header>
  );
}

type EndpointMenuProps = Pick<SessionHeadProps, 'session' | 'endpoint' | 'endpoints' | 'onEndpoint'>;

function EndpointMenu({ session, endpoint, endpoints, onEndpoint }: EndpointMenuProps) {
  const { t } = useTranslation();
  const state = endpoint === null ? 'offline' : endpointState(endpoint);
  const name = endpoint?.name ?? session.endpointId ?? t('chat.noServer');
  return (
    <Menu position="bottom-start" width={250}>
      <Menu.Target>
        <button
          type="button"
          className="endpoint-button"
          title={t('chat.changeServer')}
          aria-label={t('chat.serverIs', { name, state: t(`endpoints.states.${state}`) })}
        >
          <StateDot tone={endpoint === null ? 'bad' : endpointTone(endpoint)} />
          <span className="truncate">{name}</span>
          {state !== 'online' && <span className="sub">{t(`endpoints.states.${state}`)}</span>}
          <Icon name="down" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="chat-menu">
          {byStatus(endpoints).map((other) => (
            <Menu.Item
              key={other.id}
              leftSection={<StateDot tone={endpointTone(other)} />}
              aria-current={other.id === session.endpointId || undefined}
              onClick={() => onEndpoint(other.id)}
            >
              {other.name} <span className="sub">{t(`endpoints.states.${endpointState(other)}`)}</span>
            </Menu.Item>
          ))}
        </div>
        <Menu.Item aria-current={session.endpointId === null || undefined} onClick={() => onEndpoint(null)}>
          {t('sessions.newDefault')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
