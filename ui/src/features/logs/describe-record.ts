/** Texts for run records and gaps. */
import type { TFunction } from 'i18next';
import type { Gap, RunRecord } from '#contract/log';
import { formatBytes } from '../../format/bytes.ts';
import { formatCount } from '../../format/number.ts';

export function describeRun(record: RunRecord, t: TFunction): string {
  const { run } = record;
  switch (record.event) {
    case 'started':
      return t('runs.started', { run, pid: record.pid });
    case 'leader-exited':
      return t('runs.leaderExited', { run, count: record.left });
    case 'ended':
      return t('runs.ended', { run, how: endWords(record, t) });
  }
}

function endWords({ reason, code, signal }: Extract<RunRecord, { event: 'ended' }>, t: TFunction): string {
  const by = signal === null ? t('runs.code', { code: code ?? '?' }) : t('runs.signal', { signal });
  if (reason === 'stopped') return t('runs.stopped', { by });
  if (reason === 'spawn-failed') return t('runs.spawnFailed');
  if (reason === 'shim-lost') return t('runs.keeperLost');
  return t('runs.exited', { by });
}

export function describeGap(gap: Gap, t: TFunction): string {
  const size = formatBytes(gap.to - gap.from);
  switch (gap.reason) {
    case 'retention':
      return t('gaps.retention', { size });
    case 'corrupt':
      return t('gaps.corrupt', { size });
    case 'disk-full': {
      const count = gap.lines ?? 0;
      return t('gaps.diskFull', { count, shown: formatCount(count) });
    }
  }
}
