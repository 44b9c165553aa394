/** One row of the log: a line, the separator of a run, or a gap. */
import type { TFunction } from 'i18next';
import { memo } from 'react';
import type { RunRecord } from '#contract/log';
import { formatClock } from '../../format/clock.ts';
import { AnsiText } from './ansi-text.tsx';
import type { LogFilter } from './log-filter.ts';
import type { LogRow } from './log-row-data.ts';
import { describeGap, describeRun } from './describe-record.ts';

interface LogRowViewProps {
  row: LogRow;
  filter: LogFilter | null;
  showsSource: boolean;
  /** A prop, because a hook call in each of many rows would be slow. */
  t: TFunction;
}

const SOURCE_COLOURS = 8;

export const LogRowView = memo(function LogRowView({ row, filter, showsSource, t }: LogRowViewProps) {
  const colour = `var(--source-${row.sourceIndex % SOURCE_COLOURS})`;
  if (row.kind === 'run') {
    return (
      <div
        className={isFailure(row.record) ? 'log-rule log-failure' : 'log-rule'}
        title={row.record.event === 'started' ? row.record.command : undefined}
      >
        <span>
          {showsSource && `${row.source} · `}
          {describeRun(row.record, t)} · {formatClock(row.atMs).slice(0, 8)}
        </span>
      </div>
    );
  }
  if (row.kind === 'gap') {
    return (
      <div className="log-rule log-gap">
        <span>
          {showsSource && `${row.source} · `}
          {describeGap(row.gap, t)}
        </span>
      </div>
    );
  }
  return (
    <div className="log-line" data-level={row.level}>
      <span className="log-time">{formatClock(row.atMs)}</span>
      {showsSource && (
        <span className="log-source" style={{ color: colour }} title={row.source}>
          {row.source}
        </span>
      )}
      <span className="log-stream" title={row.isStderr ? t('log.stderrHint') : undefined}>
        {row.isStderr && t('log.stderr')}
      </span>
      <span className="log-text">
        <AnsiText text={row.text} filter={filter} />
      </span>
    </div>
  );
}, isSameRow);

function isFailure(record: RunRecord): boolean {
  return record.event === 'ended' && record.reason !== 'stopped' && record.reason !== 'exited';
}

/** Every render reads the rows again; the same place and the same offset mean the same line. */
function isSameRow(before: LogRowViewProps, after: LogRowViewProps): boolean {
  return (
    before.filter === after.filter &&
    before.showsSource === after.showsSource &&
    before.t === after.t &&
    before.row.seq === after.row.seq &&
    before.row.offset === after.row.offset &&
    before.row.source === after.row.source &&
    before.row.kind === after.row.kind
  );
}
