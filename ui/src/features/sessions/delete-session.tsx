/** Asks before a session is deleted, and says what is lost. */
import { useTranslation } from 'react-i18next';
import type { Session } from '#contract/session';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { formatCount } from '../../format/number.ts';
import { useDeleteSession } from './session-queries.ts';

interface DeleteSessionProps {
  session: Session;
  onDeleted: () => void;
  onClose: () => void;
}

export function DeleteSession({ session, onDeleted, onClose }: DeleteSessionProps) {
  const { t } = useTranslation();
  const remove = useDeleteSession();
  const count = session.messageCount;
  return (
    <ConfirmDialog
      title={t('sessions.deleteTitle', {
        name: session.title === '' ? t('sessions.untitled') : session.title,
      })}
      confirmLabel={t('sessions.deleteConfirm')}
      isBusy={remove.isPending}
      onConfirm={() => {
        // Leave the session's page first: it must not request a deleted session.
        onDeleted();
        remove.mutate(session.id, { onSuccess: onClose });
      }}
      onClose={onClose}
    >
      {t('sessions.deleteText', { count, shown: formatCount(count) })}
      {remove.error !== null && <ErrorNote message={remove.error.message} />}
    </ConfirmDialog>
  );
}
