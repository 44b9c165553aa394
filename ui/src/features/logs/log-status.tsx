/** Below the log: how much comes, how much is here, and what can be done with it. */
import { Menu } from '@mantine/core';
import { useEffect, useState } from 'react';
import { formatCount } from '../../format/number.ts';
import { en } from '../../locales/en.ts';
import { fill, plural } from '../../locales/fill.ts';
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
  const rate = useRate(store);
  const download = useDownloadLog();
  const { count } = store.rows;
  return (
    <div className="log-status">
      <span>{isLive ? fill(en.log.live, { rate: formatCount(rate) }) : en.log.notLive}</span>
      <span className="log-kept">{plural(en.log.kept, count, formatCount(count))}</span>
      {download.error !== null && <span className="state-failed truncate">{download.error.message}</span>}
      <span className="grow" />
      <button type="button" onClick={() => onWrap(!isWrapped)} aria-pressed={isWrapped}>
        {isWrapped ? en.log.wrapOn : en.log.wrapOff}
      </button>
      <button type="button" title={en.log.clearHint} onClick={() => store.clear(source)}>
        {en.log.clear}
      </button>
      {source === null ? (
        <Menu position="top-end">
          <Menu.Target>
            <button type="button" disabled={sources.length === 0}>
              {en.log.download}
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
        <button type="button" title={en.log.downloadHint} onClick={() => download.mutate(source)}>
          {en.log.download}
        </button>
      )}
    </div>
  );
}

/** Lines per second, over the last one. */
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
