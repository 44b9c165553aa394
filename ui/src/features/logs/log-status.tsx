/** Below the log: lines per second, number of lines kept, and the actions. */
import { Menu } from '@mantine/core';
import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/number.ts';
import type { LogStore } from './log-store.ts';
import { useDownloadLog } from './use-download-log.ts';

interface LogStatusProps {
  store: LogStore;
  source: string | null;
  sources: readonly string[];
  isLive: boolean;
  isWrapped: boolean;
  onWrap: (isOn: boolean) => void;
}

export function LogStatus({ store, source, sources, isLive, isWrapped, onWrap }: LogStatusProps) {
  const { t } = useTranslation();
  const rate = useRate(store);
  const download = useDownloadLog();
  const { count } = store.rows;
  return (
    <div className="log-status">
      <span>{isLive ? t('log.live', { rate: formatCount(rate) }) : t('log.notLive')}</span>
      <span className="log-kept">{t('log.kept', { count: count, shown: formatCount(count) })}</span>
      {download.error !== null && <span className="state-failed truncate">{download.error.message}</span>}
      <span className="grow" />
      <button type="button" onClick={() => onWrap(!isWrapped)} aria-pressed={isWrapped}>
        {isWrapped ? t('log.wrapOn') : t('log.wrapOff')}
      </button>
      <button type="button" title={t('log.clearHint')} onClick={() => store.clear(source)}>
        {t('log.clear')}
      </button>
      {source === null ? (
        <Menu position="top-end">
          <Menu.Target>
            <button type="button" disabled={sources.length === 0}>
              {t('log.download')}
            </button>
          </Menu.Target>
          <Menu.Dropdown>
            {sources.map((id) => (
              <Menu.Item key={id} onClick={() => download.mutate(id)}>
                {id}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      ) : (
        <button type="button" title={t('log.downloadHint')} onClick={() => download.mutate(source)}>
          {t('log.download')}
        </button>
      )}
    </div>
  );
}

/** Lines received in the last second. */
function useRate(store: LogStore): number {
  const [rate, setRate] = useState(0);
  useEffect(() => {
    let before = store.received;
    const timer = setInterval(() => {
      setRate(store.received - before);
      before = store.received;
    }, 1000);
    return () => clearInterval(timer);
  }, [store]);
  return rate;
}
