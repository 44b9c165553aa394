/** The bar on top while the runner is out of reach: counts down, tries again; what is on the page stays. */
import { Button } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import { StateDot } from '../components/state-dot.tsx';
import { useNow } from '../components/use-now.ts';
import type { LiveUpdates } from './live-updates.ts';

export function ConnectionBar({ live }: { live: LiveUpdates }) {
  const { t } = useTranslation();
  const status = useSyncExternalStore(live.subscribe, live.status);
  if (status.kind === 'live' || status.kind === 'unauthorized') return null;
  // The very first try is not worth a bar: the skeletons say the same.
  if (status.kind === 'connecting' && status.attempt === 0) return null;
  return (
    <output className="connection-bar">
      <StateDot tone="bad" />
      <span className="grow">
        <strong>{t('connection.lost')}</strong>{' '}
        {status.kind === 'connecting' ? t('connection.connecting') : <Countdown atMs={status.retryAtMs} />}
      </span>
      <Button size="xs" loading={status.kind === 'connecting'} onClick={live.retryNow}>
        {t('connection.retryNow')}
      </Button>
    </output>
  );
}

function Countdown({ atMs }: { atMs: number }) {
  const { t } = useTranslation();
  const nowMs = useNow(200);
  // Read out once, not every second.
  return (
    <span aria-live="off">
      {t('connection.retryIn', { seconds: Math.max(0, Math.ceil((atMs - nowMs) / 1000)) })}
    </span>
  );
}
