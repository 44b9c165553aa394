/** Asks before a process and its log are deleted. */
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import { useForgetProcess } from './process-queries.ts';

export function ForgetDialog({ id, onClose }: { id: string; onClose: () => void }) {
  const forget = useForgetProcess(id);
  return (
    <ConfirmDialog
      title={fill(en.forget.title, { id })}
      confirmLabel={en.forget.confirm}
      isBusy={forget.isPending}
      onConfirm={() => forget.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <span>{en.forget.text}</span>
      {forget.error !== null && <ErrorNote message={forget.error.message} />}
    </ConfirmDialog>
  );
}
