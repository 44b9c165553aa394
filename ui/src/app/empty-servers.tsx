/** Nothing was launched yet: one button for the first step. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../components/error-note.tsx';
import { useLaunch, useLaunchContext } from '../features/launcher/launch-queries.ts';
import { demoOrder } from '../features/launcher/demo-order.ts';

interface EmptyServersProps {
  onLaunched: (id: string) => void;
  onOpenLauncher: () => void;
}

export function EmptyServers({ onLaunched, onOpenLauncher }: EmptyServersProps) {
  const { t } = useTranslation();
  const context = useLaunchContext().data;
  const launch = useLaunch();
  const order = context === undefined ? null : demoOrder(context);
  return (
    <div className="empty">
      <h2>{t('empty.title')}</h2>
      <div className="sub">{order === null ? t('empty.textNoDemo') : t('empty.text')}</div>
      {launch.error !== null && <ErrorNote message={launch.error.message} />}
      <div className="row wrap">
        {order !== null && (
          <Button
            variant="filled"
            size="md"
            loading={launch.isPending}
            onClick={() => launch.mutate(order, { onSuccess: ({ id }) => onLaunched(id) })}
          >
            {t('empty.launchDemo')}
          </Button>
        )}
        <Button onClick={onOpenLauncher}>{t('empty.fillForm')}</Button>
      </div>
    </div>
  );
}
