/** The lines of the log; only the visible ones are rendered. */
import { Button } from '@mantine/core';
import { useEffect } from 'react';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../components/icon.tsx';
import { formatCount } from '../../format/number.ts';
import type { LogFilter } from './log-filter.ts';
import { LogHead } from './log-head.tsx';
import { LogRowView } from './log-row.tsx';
import type { LogStore } from './log-store.ts';
import type { LogView } from './log-view.ts';
import { useLogScroll } from './use-log-scroll.ts';
import { useOlderLines } from './use-older-lines.ts';

/** Whether the list follows the end; if not, the last row at the time following ended. */
export interface Reading {
  isFollowing: boolean;
  leftAtSeq: number;
}

interface LogListProps {
  store: LogStore;
  view: LogView;
  filter: LogFilter | null;
  source: string | null;
  isWrapped: boolean;
  reading: Reading;
  onFollow: (isOn: boolean) => void;
  /** This many rows were inserted before all others. */
  onShift: (rows: number) => void;
}

/** Within this distance of the top, older lines are fetched. */
const NEAR_TOP_PX = 120;

export function LogList({
  store,
  view,
  filter,
  source,
  isWrapped,
  reading,
  onFollow,
  onShift,
}: LogListProps) {
  const { t } = useTranslation();
  const { isFollowing, leftAtSeq } = reading;
  const { box, virtualizer, left, onScroll, shift } = useLogScroll({ view, isFollowing, onFollow });
  const older = useOlderLines(store, source);
  const loadOlder = async (): Promise<void> => {
    const rows = await older.load();
    shift(rows);
    onShift(rows);
  };
  // oxlint-disable-next-line react/exhaustive-effect-dependencies -- heights measured with wrapping are wrong without, and the other way round
  useEffect(() => virtualizer.measure(), [isWrapped, virtualizer]);

  const newLines = isFollowing ? 0 : Math.max(0, view.count - 1 - view.indexOf(leftAtSeq));
  return (
    <div className="log-frame">
      <div
        ref={box}
        className="log-box"
        role="log"
        aria-live="off"
        aria-label={t('log.title')}
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls: the keyboard must reach it
        tabIndex={0}
        data-wrapped={isWrapped || undefined}
        onScroll={(event) => {
          onScroll();
          const isAtTop = event.currentTarget.scrollTop < NEAR_TOP_PX;
          if (isAtTop && !isFollowing && older.status === 'idle' && source !== null) void loadOlder();
        }}
      >
        <div className="log-sheet" style={{ height: virtualizer.getTotalSize() }}>
          <LogHead
            store={store}
            source={source}
            status={older.status}
            left={left}
            isEmpty={view.count === 0}
            onLoad={() => void loadOlder()}
          />
          {virtualizer.getVirtualItems().map((item) => (
            <div
              key={item.key}
              data-index={item.index}
              ref={isWrapped ? virtualizer.measureElement : null}
              className="log-item"
              style={{ transform: `translateY(${item.start}px)` }}
            >
              <LogRowView
                row={view.rowAt(left + item.index)}
                filter={filter}
                showsSource={source === null}
                t={t}
              />
            </div>
          ))}
        </div>
      </div>
      {!isFollowing && (
        <Button
          className="log-new"
          size="xs"
          variant="filled"
          rightSection={<Icon name="arrowDown" size={13} />}
          onClick={() => onFollow(true)}
        >
          {newLines > 0
            ? t('log.newLines', { count: newLines, shown: formatCount(newLines) })
            : t('log.toEnd')}
        </Button>
      )}
    </div>
  );
}
