/** Turns the log entries of one source into rows: drops duplicates, joins cut lines, and keeps the sort times from decreasing. */
import type { LineEntry, LogEntry } from '#contract/log';
import { hasEscapes, stripAnsi } from './ansi.ts';
import { lineLevel } from './line-level.ts';
import { FLAG, type StoredRow } from './log-rows.ts';

/** A cut line longer than this is shown in pieces. */
const MAX_JOINED_LENGTH = 1_048_576;

export class LineJoiner {
  /** Offsets of the first and the last entry: older pages end before the first, newer entries come after the last. -1: none yet. */
  firstOffset = -1;
  lastOffset = -1;
  readonly #source: number;
  readonly #held = new Map<LineEntry['stream'], StoredRow>();
  #lastSortMs = Number.NEGATIVE_INFINITY;
  #lastGapOffset = -1;
  /** Offset and sort time of the first row shown; older rows go before it. */
  #shownFrom = Number.POSITIVE_INFINITY;
  #firstSortMs = Number.POSITIVE_INFINITY;

  constructor(source: number) {
    this.#source = source;
  }

  /** Rows for entries at the live end. */
  joinNew(entries: readonly LogEntry[]): StoredRow[] {
    const rows: StoredRow[] = [];
    for (const [index, entry] of entries.entries()) {
      if (this.#isSeen(entry)) continue;
      this.lastOffset = entry.offset;
      if (this.firstOffset === -1) this.firstOffset = entry.offset;
      this.#shownFrom = Math.min(this.#shownFrom, entry.offset);
      const atMs = timeOf(entry);
      const known = Number.isNaN(atMs)
        ? timeOf(entries.slice(index).find((later) => !Number.isNaN(timeOf(later))) ?? entry)
        : atMs;
      this.#lastSortMs = Math.max(this.#lastSortMs, Number.isNaN(known) ? this.#lastSortMs : known);
      this.#firstSortMs = Math.min(this.#firstSortMs, this.#lastSortMs);
      this.#take(entry, { atMs, sortMs: this.#lastSortMs }, rows);
    }
    return rows;
  }

  /** Rows for a page of entries older than the first one. */
  joinOlder(entries: readonly LogEntry[], pageFrom: number): StoredRow[] {
    const older = entries.filter((entry) => entry.offset < this.#shownFrom);
    const pages = new LineJoiner(this.#source);
    const rows = [...pages.joinNew(older), ...pages.releaseHeld()].map((row) => ({
      ...row,
      sortMs: Math.min(row.sortMs, this.#firstSortMs),
    }));
    this.firstOffset = older[0]?.offset ?? pageFrom;
    this.#shownFrom = this.firstOffset;
    this.#firstSortMs = rows[0]?.sortMs ?? this.#firstSortMs;
    return rows;
  }

  /** Call after the view was cleared: from then on the whole log counts as older. */
  forgetShown(): void {
    this.firstOffset = this.lastOffset;
    this.#shownFrom = Number.POSITIVE_INFINITY;
    this.#firstSortMs = Number.POSITIVE_INFINITY;
  }

  /** Rows of cut lines whose rest has not arrived. */
  releaseHeld(): StoredRow[] {
    const rows = [...this.#held.values()];
    this.#held.clear();
    return rows;
  }

  #isSeen(entry: LogEntry): boolean {
    if (entry.offset > this.lastOffset) return false;
    // A gap of lines that were never written has no bytes: it can have the same offset as the line before it.
    const isNewGap =
      'gap' in entry && entry.offset === this.lastOffset && this.#lastGapOffset !== entry.offset;
    return !isNewGap;
  }

  #take(entry: LogEntry, times: { atMs: number; sortMs: number }, rows: StoredRow[]): void {
    const base = { ...times, source: this.#source, offset: entry.offset, flags: 0 };
    if ('run' in entry) {
      if (entry.run.event === 'ended') rows.push(...this.releaseHeld());
      rows.push({ ...base, kind: 'run', text: JSON.stringify(entry.run) });
      return;
    }
    if ('gap' in entry) {
      this.#lastGapOffset = entry.offset;
      rows.push({ ...base, kind: 'gap', text: JSON.stringify(entry.gap) });
      return;
    }
    const held = this.#held.get(entry.stream);
    const row: StoredRow = { ...base, kind: 'line', text: (held?.text ?? '') + entry.line };
    if (held !== undefined) row.atMs = held.atMs;
    if (entry.partial === true && row.text.length < MAX_JOINED_LENGTH) {
      this.#held.set(entry.stream, row);
      return;
    }
    this.#held.delete(entry.stream);
    rows.push(finishLine(row, entry.stream));
  }
}

function timeOf(entry: LogEntry): number {
  return entry.at === undefined ? Number.NaN : Date.parse(entry.at);
}

function finishLine(row: StoredRow, stream: LineEntry['stream']): StoredRow {
  const text = lastSegment(row.text);
  const escapes = hasEscapes(text);
  const level = lineLevel(escapes ? stripAnsi(text) : text);
  const flags =
    (stream === 'stderr' ? FLAG.stderr : 0) |
    (escapes ? FLAG.escapes : 0) |
    (level === 'error' ? FLAG.error : level === 'warning' ? FLAG.warning : 0);
  return { ...row, text, flags };
}

/** A bare carriage return overwrites the line, as progress bars do: keep what a terminal would show last. */
function lastSegment(text: string): string {
  if (!text.includes('\r')) return text;
  const segments = text.split('\r').filter((segment) => stripAnsi(segment) !== '');
  return segments.at(-1) ?? '';
}
