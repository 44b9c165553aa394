/** Asks before a tunnel is deleted, and says what goes with it. */
import { useTranslation } from 'react-i18next';
import type { Tunnel } from '#contract/tunnel';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { useRemoveTunnel } from './tunnel-queries.ts';

export function RemoveTunnel({ tunnel, onClose }: { tunnel: Tunnel; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useRemoveTunnel();
  const { id, config, endpointId } = tunnel;
  return (
    <ConfirmDialog
      title={t('tunnels.removal.title', { name: config.name })}
      confirmLabel={t('tunnels.removal.confirm')}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(id, { onSuccess: onClose })}
      onClose={onClose}
    >
      <div>{t(endpointId === null ? 'tunnels.removal.text' : 'tunnels.removal.textEndpoint')}</div>
      {config.direction !== 'incoming' && <div className="sub">{t('tunnels.removal.other')}</div>}
      {remove.error !== null && <ErrorNote message={remove.error.message} />}
    </ConfirmDialog>
  );
}
