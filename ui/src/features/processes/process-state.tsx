/** The state of a process, at the right end of its card's head, with its uptime or its end. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { useNow } from '../../components/use-now.ts';
import { formatMoment } from '../../format/clock.ts';
import { formatDuration } from '../../format/duration.ts';
import type { LiveProcess } from './process-cache.ts';
import { isEnded } from './state-tone.ts';

export function ProcessStateText({ process }: { process: LiveProcess }) {
  const { t } = useTranslation();
  const nowMs = useNow();
  return (
    <span className="sub process-state">
      <span className={`state-${process.state}`}>{t(`states.${process.state}`)}</span>
      {detail(process, nowMs, t)}
    </span>
  );
}

function detail(process: LiveProcess, nowMs: number, t: TFunction): string {
  if (process.state === 'backoff') return '';
  if (isEnded(process.state)) {
    const at = process.exit === null ? '' : ` · ${formatMoment(Date.parse(process.exit.at), nowMs)}`;
    return process.run > 1 ? ` · ${t('run', { run: process.run })}${at}` : at;
  }
  return process.upSinceMs === null ? '' : ` · ${formatDuration(nowMs - process.upSinceMs)}`;
}

/** "Starts again in 4 s.", counting down. */
export function BackoffNote({ process }: { process: LiveProcess }) {
  const { t } = useTranslation();
  const nowMs = useNow(250);
  const leftMs = process.nextRestartAt === null ? 0 : Date.parse(process.nextRestartAt) - nowMs;
  const seconds = Math.ceil(Math.max(0, leftMs) / 1000);
  return (
    <strong>
      {leftMs > 0 ? t('cards.restartsIn', { time: formatDuration(seconds * 1000) }) : t('cards.restartsNow')}
    </strong>
  );
}
