/** The first row of the log: what lies before it and how to get there. */
import { formatCount } from '../../format/number.ts';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import type { LogStore } from './log-store.ts';
import type { OlderStatus } from './use-older-lines.ts';

interface LogHeadProps {
  store: LogStore;
  source: string | null;
  status: OlderStatus;
  /** Rows that are kept and searched but not drawn. */
  left: number;
  isEmpty: boolean;
  onLoad: () => void;
}

export function LogHead({ store, source, status, left, isEmpty, onLoad }: LogHeadProps) {
  const skipped = store.rows.evicted + left;
  const isOffered = source !== null && store.firstOffset(source) !== null && (status === 'idle' || status === 'failed');
  return (
    <div className="log-head">
      {skipped > 0 && (
        <span className="log-skipped">{fill(en.log.skipped, { lines: formatCount(skipped), limit: formatCount(store.limit) })}</span>
      )}
      {isOffered && skipped === 0 && (
        <button type="button" className="log-older" onClick={onLoad}>
          {status === 'failed' ? en.log.olderFailed : en.log.loadOlder}
        </button>
      )}
      {status === 'loading' && <span>{en.log.loadingOlder}</span>}
      {status === 'start' && <span>{en.log.start}</span>}
      {status === 'full' && skipped === 0 && <span>{fill(en.log.full, { limit: formatCount(store.limit) })}</span>}
      {source === null && skipped === 0 && !isEmpty && <span>{en.log.olderBySource}</span>}
    </div>
  );
}
