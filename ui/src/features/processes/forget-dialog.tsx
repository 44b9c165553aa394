/** Asks before a process and its log are deleted. */
import { useTranslation } from 'react-i18next';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { useForgetProcess } from './process-queries.ts';

export function ForgetDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const { t } = useTranslation();
  const forget = useForgetProcess(id);
  return (
    <ConfirmDialog
      title={t('forget.title', { id })}
      confirmLabel={t('forget.confirm')}
      isBusy={forget.isPending}
      onConfirm={() => forget.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <span>{t('forget.text')}</span>
      {forget.error !== null && <ErrorNote message={forget.error.message} />}
    </ConfirmDialog>
  );
}
