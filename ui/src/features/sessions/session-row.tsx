/** One session in the list: a link to it, where its messages go, and its menu. */
import { ActionIcon, Menu, TextInput } from '@mantine/core';
import { memo, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Session } from '#contract/session';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { DeleteSession } from './delete-session.tsx';
import { useChangeSession, useExportSession, useForkSession } from './session-queries.ts';

export interface SessionPlace {
  /** `qwen_8000 · Aluminium expert`. */
  text: string;
  isOffline: boolean;
}

interface SessionRowProps {
  session: Session;
  isSelected: boolean;
  href: string;
  place: SessionPlace;
  onGone: (id: string) => void;
  onForked: (id: string) => void;
}

export const SessionRow = memo(function SessionRow({
  session,
  isSelected,
  href,
  place,
  onGone,
  onForked,
}: SessionRowProps) {
  const { t } = useTranslation();
  const [doing, setDoing] = useState<'rename' | 'delete' | null>(null);
  const fork = useForkSession();
  const download = useExportSession();
  const { id } = session;
  // The first message gives it its title.
  const title = session.title === '' ? t('sessions.untitled') : session.title;
  // The closing menu returns the focus to its button; the field must take it after that.
  const rename = (): void => void setTimeout(() => setDoing('rename'), 60);
  const error = fork.error ?? download.error;
  return (
    <li className="session-row" data-selected={isSelected || undefined}>
      {doing === 'rename' ? (
        <RenameSession session={session} onClose={() => setDoing(null)} />
      ) : (
        <a className="session-link" href={href} aria-current={isSelected ? 'true' : undefined}>
          <span className="session-title truncate">
            {session.isAnswering && <span className="dot dot-busy" title={t('sessions.answering')} />}
            {title}
          </span>
          <span className="sub truncate">
            {place.isOffline && <span className="session-offline">{t('sessions.offline')} · </span>}
            {place.text}
          </span>
        </a>
      )}
      <Menu position="bottom-end" width={200}>
        <Menu.Target>
          <ActionIcon
            className="session-more"
            size={24}
            aria-label={t('sessions.actionsOf', { name: title })}
          >
            <Icon name="more" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={rename}>{t('sessions.rename')}</Menu.Item>
          <Menu.Item onClick={() => fork.mutate({ id }, { onSuccess: (made) => onForked(made.session.id) })}>
            {t('sessions.fork')}
          </Menu.Item>
          <Menu.Item onClick={() => download.mutate({ id, format: 'markdown' })}>
            {t('sessions.exportMarkdown')}
          </Menu.Item>
          <Menu.Item onClick={() => download.mutate({ id, format: 'json' })}>
            {t('sessions.exportJson')}
          </Menu.Item>
          <Menu.Item data-danger onClick={() => setDoing('delete')}>
            {t('sessions.delete')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {error !== null && <ErrorNote message={error.message} />}
      {doing === 'delete' && (
        <DeleteSession session={session} onDeleted={() => onGone(id)} onClose={() => setDoing(null)} />
      )}
    </li>
  );
});

/** Focuses the field that the user opened. */
function focusField(field: HTMLInputElement | null): void {
  field?.focus();
}

function RenameSession({ session, onClose }: { session: Session; onClose: () => void }) {
  const { t } = useTranslation();
  const [title, setTitle] = useState(session.title);
  const change = useChangeSession();
  const isCancelled = useRef(false);
  const save = (): void => {
    const wanted = isCancelled.current ? '' : title.trim();
    if (wanted === '' || wanted === session.title) onClose();
    else change.mutate({ id: session.id, change: { title: wanted } }, { onSuccess: onClose });
  };
  return (
    <TextInput
      className="grow"
      aria-label={t('sessions.newTitle')}
      value={title}
      maxLength={200}
      ref={focusField}
      autoComplete="off"
      disabled={change.isPending}
      error={change.error?.message ?? null}
      onChange={(event) => setTitle(event.currentTarget.value)}
      onFocus={(event) => event.currentTarget.select()}
      onBlur={save}
      onKeyDown={(event) => {
        if (event.key === 'Enter') event.currentTarget.blur();
        if (event.key !== 'Escape') return;
        isCancelled.current = true;
        event.currentTarget.blur();
      }}
    />
  );
}
