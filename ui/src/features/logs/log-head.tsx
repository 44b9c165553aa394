/** Above the first row of the log: what precedes it and how to load it. */
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/number.ts';
import type { LogStore } from './log-store.ts';
import type { OlderStatus } from './use-older-lines.ts';

interface LogHeadProps {
  store: LogStore;
  source: string | null;
  status: OlderStatus;
  /** Rows that are kept and searched but not rendered. */
  left: number;
  isEmpty: boolean;
  onLoad: () => void;
}

export function LogHead({ store, source, status, left, isEmpty, onLoad }: LogHeadProps) {
  const { t } = useTranslation();
  const skipped = store.rows.evicted + left;
  const isOffered =
    source !== null && store.firstOffset(source) !== null && (status === 'idle' || status === 'failed');
  return (
    <div className="log-head">
      {skipped > 0 && (
        <span className="log-skipped">
          {t('log.skipped', { count: skipped, shown: formatCount(skipped), limit: formatCount(store.limit) })}
        </span>
      )}
      {isOffered && skipped === 0 && (
        <button type="button" className="log-older" onClick={onLoad}>
          {status === 'failed' ? t('log.olderFailed') : t('log.loadOlder')}
        </button>
      )}
      {status === 'loading' && <span>{t('log.loadingOlder')}</span>}
      {status === 'start' && <span>{t('log.start')}</span>}
      {status === 'full' && skipped === 0 && (
        <span>{t('log.full', { limit: formatCount(store.limit) })}</span>
      )}
      {source === null && skipped === 0 && !isEmpty && <span>{t('log.olderBySource')}</span>}
    </div>
  );
}
