/** The sessions, newest first, with a search over titles and texts. */
import { Button, CloseButton, Skeleton, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '#contract/session';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { useSessions } from './session-queries.ts';
import { SessionRow, type SessionPlace } from './session-row.tsx';
import './sessions.css';

interface SessionListProps {
  selectedId: string | null;
  hrefOf: (id: string) => string;
  /** The text that says where a session's messages go. */
  placeOf: (session: Session) => SessionPlace;
  newSession: ReactNode;
  onGone: (id: string) => void;
  onForked: (id: string) => void;
}

export function SessionList({ selectedId, hrefOf, placeOf, newSession, onGone, onForked }: SessionListProps) {
  const { t } = useTranslation();
  const [search, setSearch] = useState('');
  const [asked] = useDebouncedValue(search.trim(), 200);
  const sessions = useSessions(asked);
  const found = sessions.data?.pages.flat();
  return (
    <section className="sessions" aria-label={t('sessions.title')}>
      <div className="row side-head">
        <h2 className="grow">{t('sessions.title')}</h2>
        {newSession}
      </div>
      <TextInput
        id="session-search"
        aria-label={t('sessions.search')}
        placeholder={t('sessions.searchHint')}
        leftSection={<Icon name="search" size={14} />}
        rightSection={
          search === '' ? null : (
            <CloseButton size="sm" aria-label={t('sessions.clearSearch')} onClick={() => setSearch('')} />
          )
        }
        value={search}
        autoComplete="off"
        onChange={(event) => setSearch(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Escape') setSearch('');
        }}
      />
      {sessions.isPending && <Skeletons />}
      {sessions.error !== null && sessions.data === undefined && (
        <ErrorNote message={sessions.error.message} />
      )}
      {found?.length === 0 && (
        <div className="sub side-note">{asked === '' ? t('sessions.none') : t('sessions.noHits')}</div>
      )}
      <ul className="session-list">
        {found?.map((session) => (
          <SessionRow
            key={session.id}
            session={session}
            isSelected={session.id === selectedId}
            href={hrefOf(session.id)}
            place={placeOf(session)}
            onGone={onGone}
            onForked={onForked}
          />
        ))}
      </ul>
      {sessions.hasNextPage && (
        <Button size="xs" loading={sessions.isFetchingNextPage} onClick={() => void sessions.fetchNextPage()}>
          {t('sessions.older')}
        </Button>
      )}
    </section>
  );
}

function Skeletons() {
  return (
    <div className="session-skeletons">
      <Skeleton height={48} />
      <Skeleton height={48} />
      <Skeleton height={48} />
    </div>
  );
}
