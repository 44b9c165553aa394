/** Run records and gaps in words. */
import type { Gap, RunRecord } from '#contract/log';
import { formatBytes } from '../../format/bytes.ts';
import { formatCount } from '../../format/number.ts';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';

export function describeRun(record: RunRecord): string {
  const { run } = record;
  const words = en.runs;
  switch (record.event) {
    case 'started':
      return fill(words.started, { run, pid: record.pid });
    case 'leader-exited':
      return fill(words.leaderExited, { run, left: record.left });
    case 'ended':
      return fill(words.ended, { run, how: endWords(record) });
  }
}

function endWords({ reason, code, signal }: Extract<RunRecord, { event: 'ended' }>): string {
  const words = en.runs;
  const by = signal === null ? fill(words.code, { code: code ?? '?' }) : fill(words.signal, { signal });
  if (reason === 'stopped') return fill(words.stopped, { by });
  if (reason === 'spawn-failed') return words.spawnFailed;
  if (reason === 'shim-lost') return words.keeperLost;
  return fill(words.exited, { by });
}

export function describeGap(gap: Gap): string {
  const words = en.gaps;
  const size = formatBytes(gap.to - gap.from);
  switch (gap.reason) {
    case 'retention':
      return fill(words.retention, { size });
    case 'corrupt':
      return fill(words.corrupt, { size });
    case 'disk-full':
      return fill(words.diskFull, { lines: formatCount(gap.lines ?? 0) });
  }
}
