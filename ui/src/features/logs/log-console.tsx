/** The log console: toolbar, lines, status. Owns the filter and the reading position; the caller owns the store. */
import { useCallback, useDeferredValue, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { compileFilter } from './log-filter.ts';
import { LogList, type Reading } from './log-list.tsx';
import { LogStatus } from './log-status.tsx';
import type { LogStore } from './log-store.ts';
import { LogToolbar, type LogChoice } from './log-toolbar.tsx';
import { useLogView } from './use-log-view.ts';
import './log-console.css';

interface LogConsoleProps {
  store: LogStore;
  /** Ids of the processes, in order. */
  sources: readonly string[];
  source: string | null;
  isLive: boolean;
  onSource: (source: string | null) => void;
}

const NOTHING_ASKED: LogChoice = { text: '', isRegex: false, isWarningsOnly: false };

export function LogConsole({ store, sources, source, isLive, onSource }: LogConsoleProps) {
  const { t } = useTranslation();
  const [choice, setChoice] = useState(NOTHING_ASKED);
  const [reading, setReading] = useState<Reading>({ isFollowing: true, leftAtSeq: -1 });
  const [isWrapped, setWrapped] = useState(false);
  const text = useDeferredValue(choice.text);
  const { filter, fault } = useMemo(() => compileFilter(text, choice.isRegex), [text, choice.isRegex]);
  const query = useMemo(
    () => ({ source, filter, isWarningsOnly: choice.isWarningsOnly }),
    [source, filter, choice.isWarningsOnly],
  );
  const view = useLogView(store, query);
  const follow = useCallback(
    (isOn: boolean) =>
      setReading((before) => {
        if (before.isFollowing === isOn) return before;
        return { isFollowing: isOn, leftAtSeq: isOn ? -1 : view.seqAt(view.count - 1) };
      }),
    [view],
  );
  const isEmpty = view.count === 0 && view.progress === 1;
  return (
    <section className="log-console" aria-label={t('log.title')}>
      <LogToolbar
        sources={sources}
        source={source}
        choice={choice}
        fault={fault}
        hits={filter === null && !choice.isWarningsOnly ? null : view.count}
        progress={view.progress}
        isFollowing={reading.isFollowing}
        onSource={onSource}
        onChoice={(patch) => setChoice((before) => ({ ...before, ...patch }))}
        onFollow={follow}
      />
      <div className="log-body">
        <LogList
          key={source ?? ''}
          store={store}
          view={view}
          filter={filter}
          source={source}
          isWrapped={isWrapped}
          reading={reading}
          onFollow={follow}
          onShift={(rows) => setReading((before) => ({ ...before, leftAtSeq: before.leftAtSeq + rows }))}
        />
        {isEmpty && (
          <div className="log-empty">{t(emptyKey(filter !== null || choice.isWarningsOnly, isLive))}</div>
        )}
      </div>
      <LogStatus
        store={store}
        source={source}
        sources={sources}
        isLive={isLive}
        isWrapped={isWrapped}
        onWrap={setWrapped}
      />
    </section>
  );
}

function emptyKey(isFiltered: boolean, isLive: boolean) {
  if (isFiltered) return 'log.noHits';
  return isLive ? 'log.empty' : 'connection.connecting';
}
