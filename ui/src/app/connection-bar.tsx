/** The bar on top while the runner is out of reach: counts down, tries again; what is on the page stays. */
import { Button } from '@mantine/core';
import { useSyncExternalStore } from 'react';
import { StateDot } from '../components/state-dot.tsx';
import { useNow } from '../components/use-now.ts';
import { en } from '../locales/en.ts';
import { fill } from '../locales/fill.ts';
import type { LiveUpdates } from './live-updates.ts';

export function ConnectionBar({ live }: { live: LiveUpdates }) {
  const status = useSyncExternalStore(live.subscribe, live.status);
  if (status.kind === 'live' || status.kind === 'unauthorized') return null;
  // The very first try is not worth a bar: the skeletons say the same.
  if (status.kind === 'connecting' && status.attempt === 0) return null;
  return (
    <output className="connection-bar">
      <StateDot tone="bad" />
      <span className="grow">
        <strong>{en.connection.lost}</strong>{' '}
        {status.kind === 'connecting' ? en.connection.connecting : <Countdown atMs={status.retryAtMs} />}
      </span>
      <Button size="xs" loading={status.kind === 'connecting'} onClick={live.retryNow}>
        {en.connection.retryNow}
      </Button>
    </output>
  );
}

function Countdown({ atMs }: { atMs: number }) {
  const nowMs = useNow(200);
  // Read out once, not every second.
  return <span aria-live="off">{fill(en.connection.retryIn, { seconds: Math.max(0, Math.ceil((atMs - nowMs) / 1000)) })}</span>;
}
