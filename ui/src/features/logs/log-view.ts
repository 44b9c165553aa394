/** A filtered view of the log store: by source, filter and level. Scans in slices, so that a million lines do not block the page. */
import { stripAnsi } from './ansi.ts';
import type { LogFilter } from './log-filter.ts';
import { FLAG } from './log-rows.ts';
import type { LogStore } from './log-store.ts';
import { toLogRow, type LogRow } from './log-row-data.ts';

export interface LogQuery {
  /** null: all sources. */
  source: string | null;
  filter: LogFilter | null;
  isWarningsOnly: boolean;
}

interface LogViewDeps {
  schedule(action: () => void): void;
  now(): number;
}

const SLICE_MS = 8;
const ROWS_PER_CLOCK_CHECK = 2000;

export class LogView {
  /** Incremented with every change, for React to compare. */
  version = 0;
  readonly #store: LogStore;
  readonly #query: LogQuery;
  readonly #deps: LogViewDeps;
  readonly #isUnfiltered: boolean;
  #seqs: number[] = [];
  #head = 0;
  #scannedTo: number;
  #isScheduled = false;
  readonly #listeners = new Set<() => void>();

  constructor(store: LogStore, query: LogQuery, deps: LogViewDeps) {
    this.#store = store;
    this.#query = query;
    this.#deps = deps;
    this.#isUnfiltered = query.source === null && query.filter === null && !query.isWarningsOnly;
    this.#scannedTo = store.rows.first;
  }

  /** Follows the store until the returned function is called. */
  start = (): (() => void) => {
    const stop = this.#store.subscribe((changedFrom) => this.#onChange(changedFrom));
    this.#onChange(this.#store.rows.first);
    return stop;
  };

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get count(): number {
    return this.#isUnfiltered ? this.#store.rows.count : this.#seqs.length - this.#head;
  }

  /** Fraction of the store that has been scanned, 0 to 1. */
  get progress(): number {
    const { first, end } = this.#store.rows;
    return this.#isUnfiltered || end === first ? 1 : (this.#scannedTo - first) / (end - first);
  }

  seqAt(index: number): number {
    return this.#isUnfiltered ? this.#store.rows.first + index : (this.#seqs[this.#head + index] ?? -1);
  }

  /** Index of a row, or the index where it would be. */
  indexOf(seq: number): number {
    if (this.#isUnfiltered) return Math.min(Math.max(0, seq - this.#store.rows.first), this.count);
    let low = this.#head;
    let high = this.#seqs.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#seqs[middle] ?? 0) < seq) low = middle + 1;
      else high = middle;
    }
    return low - this.#head;
  }

  rowAt(index: number): LogRow {
    const seq = this.seqAt(index);
    return toLogRow(this.#store.rows.read(seq), seq, this.#store.sources);
  }

  #onChange(changedFrom: number): void {
    while ((this.#seqs.at(-1) ?? -1) >= changedFrom) this.#seqs.pop();
    this.#head = Math.min(this.#head, this.#seqs.length);
    this.#scannedTo = Math.max(this.#store.rows.first, Math.min(this.#scannedTo, changedFrom));
    this.#dropEvicted();
    this.#scan();
  }

  #dropEvicted(): void {
    const { first } = this.#store.rows;
    while (this.#head < this.#seqs.length && (this.#seqs[this.#head] ?? 0) < first) this.#head += 1;
    if (this.#head < 50_000) return;
    this.#seqs = this.#seqs.slice(this.#head);
    this.#head = 0;
  }

  #scan(): void {
    const { rows } = this.#store;
    const source = this.#query.source === null ? null : this.#store.sourceIndex(this.#query.source);
    const stopAtMs = this.#deps.now() + SLICE_MS;
    while (this.#scannedTo < rows.end) {
      if (this.#isUnfiltered) this.#scannedTo = rows.end;
      else if (this.#matches(this.#scannedTo, source)) this.#seqs.push(this.#scannedTo++);
      else this.#scannedTo += 1;
      if (this.#scannedTo % ROWS_PER_CLOCK_CHECK === 0 && this.#deps.now() > stopAtMs) break;
    }
    if (this.#scannedTo < rows.end) this.#scanLater();
    this.version += 1;
    for (const listener of this.#listeners) listener();
  }

  #scanLater(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#deps.schedule(() => {
      this.#isScheduled = false;
      this.#dropEvicted();
      this.#scannedTo = Math.max(this.#scannedTo, this.#store.rows.first);
      this.#scan();
    });
  }

  #matches(seq: number, source: number | null): boolean {
    const { rows } = this.#store;
    if (source !== null && rows.sourceAt(seq) !== source) return false;
    const { filter, isWarningsOnly } = this.#query;
    if (filter === null && !isWarningsOnly) return true;
    if (rows.kindAt(seq) !== 'line') return false;
    const flags = rows.flagsAt(seq);
    if (isWarningsOnly && (flags & (FLAG.warning | FLAG.error)) === 0) return false;
    if (filter === null) return true;
    const text = rows.textAt(seq);
    return filter.matches((flags & FLAG.escapes) === 0 ? text : stripAnsi(text));
  }
}
