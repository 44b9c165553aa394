/** The figures of one process: port, pid, CPU, memory, restarts. */
import { useTranslation } from 'react-i18next';
import { formatBytes } from '../../format/bytes.ts';
import type { LiveProcess } from './process-cache.ts';
import { isEnded } from './state-tone.ts';

export function ProcessFigures({ process }: { process: LiveProcess }) {
  const { t } = useTranslation();
  const isLive = !isEnded(process.state) && process.state !== 'backoff';
  return (
    <div className="figures">
      {process.port !== null && (
        <Figure name={t('figures.port')}>
          <b>:{process.port}</b>
        </Figure>
      )}
      {isLive && process.pid !== null && (
        <Figure name={t('figures.pid')}>
          {t('figures.pid')} <b>{process.pid}</b>
        </Figure>
      )}
      {isLive && process.cpuPercent !== null && (
        <Figure name={t('figures.cpuHint')}>
          {t('figures.cpu')} <b>{Math.round(process.cpuPercent)} %</b>
        </Figure>
      )}
      {isLive && process.memoryBytes !== null && (
        <Figure name={t('figures.memoryHint')}>
          {t('figures.memory')} <b>{formatBytes(process.memoryBytes)}</b>
        </Figure>
      )}
      {process.restarts > 0 && (
        <Figure name={t('figures.restartsHint')}>
          {t('figures.restarts')} <b>{process.restarts}</b>
        </Figure>
      )}
    </div>
  );
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return <span title={name}>{children}</span>;
}
