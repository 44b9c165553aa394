/** The foot of the rail: how the runner is, and the page's own settings. */
import { ActionIcon } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useSyncExternalStore } from 'react';
import { useTranslation } from 'react-i18next';
import type { StreamStatus } from '../api/event-stream.ts';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/state-dot.tsx';
import { useNow } from '../components/use-now.ts';
import { useHealth } from '../features/system/system-query.ts';
import { formatDuration } from '../format/duration.ts';
import { LanguageToggle } from './language-toggle.tsx';
import type { PageParts } from './page-parts.ts';
import { ThemeToggle } from './theme-toggle.tsx';

export function RailFoot({ parts, onHelp }: { parts: PageParts; onHelp: () => void }) {
  const { t } = useTranslation();
  const { data: health } = useHealth();
  const status = useSyncExternalStore(parts.live.subscribe, parts.live.status);
  const nowMs = useNow(1000);
  return (
    <div className="rail-foot">
      <div
        className="row rail-runner"
        title={health === undefined ? undefined : t('nav.runnerVersion', { version: health.version })}
      >
        <StateDot tone={status.kind === 'live' ? 'ok' : isFirstTry(status) ? 'busy' : 'bad'} />
        <span className="grow truncate">
          {runnerWords(t, status, health === undefined ? null : nowMs - health.upSinceMs)}
        </span>
        <ActionIcon
          className="rail-help"
          aria-label={t('help.title')}
          title={t('help.title')}
          onClick={onHelp}
        >
          <Icon name="help" />
        </ActionIcon>
      </div>
      <div className="row rail-tools">
        <span className="grow truncate rail-host">{location.host}</span>
        <LanguageToggle />
        <ThemeToggle />
      </div>
    </div>
  );
}

function isFirstTry(status: StreamStatus): boolean {
  return status.kind === 'connecting' && status.attempt === 0;
}

function runnerWords(t: TFunction, status: StreamStatus, upMs: number | null): string {
  if (isFirstTry(status)) return t('connection.connecting');
  if (status.kind !== 'live') return t('nav.runnerAway');
  return upMs === null ? t('nav.runnerLive') : t('nav.runner', { up: formatDuration(upMs) });
}
