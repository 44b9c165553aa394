/** Turns the bytes of a log into entries of the wire: lines, runs and gaps. What is not a record becomes a gap, never an error. */
import type { GapEntry, LogEntry } from '#contract/log';
import { runRecordSchema } from '#contract/log';
import { parseRecord } from '../segments/cri-line.ts';
import type { ParsedRecord } from '../segments/cri-line.ts';

const NEWLINE = 10;

/** `bytes` are whole lines that begin at offset `from`. */
export function parseEntries(bytes: Buffer, from: number): LogEntry[] {
  const entries: LogEntry[] = [];
  let start = 0;
  for (let end = bytes.indexOf(NEWLINE); end !== -1; end = bytes.indexOf(NEWLINE, start)) {
    const record = parseRecord(bytes.toString('utf8', start, end));
    const place = { from: from + start, to: from + end + 1 };
    const entry = record === null ? null : entryOf(record, place.to);
    if (entry === null) addCorrupt(entries, place);
    else entries.push(entry);
    start = end + 1;
  }
  return entries;
}

function entryOf(record: ParsedRecord, offset: number): LogEntry | null {
  if (record.stream === 'runner') return keeperEntry(record, offset);
  const line = { offset, at: record.at, stream: record.stream, line: record.text };
  return record.isPartial ? { ...line, partial: true } : line;
}

function keeperEntry({ at, text }: ParsedRecord, offset: number): LogEntry | null {
  const payload = parseJson(text);
  if (isDroppedLines(payload))
    return { offset, at, gap: { from: offset, to: offset, reason: 'disk-full', lines: payload.lines } };
  const run = runRecordSchema.safeParse(payload);
  return run.success ? { offset, at, run: run.data } : null;
}

function isDroppedLines(payload: unknown): payload is { event: 'gap'; lines: number } {
  return (
    typeof payload === 'object' &&
    payload !== null &&
    'event' in payload &&
    payload.event === 'gap' &&
    'lines' in payload
  );
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Damaged lines in a row are one gap. */
function addCorrupt(entries: LogEntry[], place: { from: number; to: number }): void {
  const last = entries.at(-1);
  if (last !== undefined && 'gap' in last && last.gap.reason === 'corrupt' && last.gap.to === place.from) {
    last.gap.to = place.to;
    last.offset = place.to;
    return;
  }
  entries.push(gapEntry({ ...place, reason: 'corrupt' }));
}

export function gapEntry(gap: GapEntry['gap']): GapEntry {
  return { offset: gap.to, gap };
}
