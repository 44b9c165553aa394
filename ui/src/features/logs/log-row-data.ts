/** A row of the log for display: a line, a record of a run, or a gap. */
import { gapSchema, runRecordSchema, type Gap, type RunRecord } from '#contract/log';
import type { LineLevel } from './line-level.ts';
import { FLAG, type StoredRow } from './log-rows.ts';

interface RowBase {
  seq: number;
  source: string;
  sourceIndex: number;
  atMs: number;
  offset: number;
}

export type LogRow =
  | (RowBase & { kind: 'line'; isStderr: boolean; level: LineLevel; text: string })
  | (RowBase & { kind: 'run'; record: RunRecord })
  | (RowBase & { kind: 'gap'; gap: Gap });

export function toLogRow(row: StoredRow, seq: number, sources: readonly string[]): LogRow {
  const base = {
    seq,
    source: sources[row.source] ?? '',
    sourceIndex: row.source,
    atMs: row.atMs,
    offset: row.offset,
  };
  if (row.kind === 'run')
    return { ...base, kind: 'run', record: runRecordSchema.parse(JSON.parse(row.text)) };
  if (row.kind === 'gap') return { ...base, kind: 'gap', gap: gapSchema.parse(JSON.parse(row.text)) };
  const level =
    (row.flags & FLAG.error) !== 0 ? 'error' : (row.flags & FLAG.warning) !== 0 ? 'warning' : 'plain';
  return { ...base, kind: 'line', isStderr: (row.flags & FLAG.stderr) !== 0, level, text: row.text };
}
