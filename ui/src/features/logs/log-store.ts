/** Owns the page's log lines, all sources ordered by time: adds batches, keeps the newest lines, notifies the views of changes. */
import type { LogEntry } from '#contract/log';
import { LineJoiner } from './line-joiner.ts';
import { LogRows, type StoredRow } from './log-rows.ts';

/** Called with the first seq that changed. */
export type ChangeListener = (changedFrom: number) => void;

interface LogStoreDeps {
  limit: number;
  /** Runs `action` soon, at most once per animation frame. */
  schedule(action: () => void): void;
}

export class LogStore {
  readonly rows: LogRows;
  readonly sources: string[] = [];
  /** Number of lines received live, without those from before the page was opened. */
  received = 0;
  readonly #deps: LogStoreDeps;
  readonly #joiners = new Map<string, LineJoiner>();
  readonly #listeners = new Set<ChangeListener>();
  #pending: { source: string; entries: LogEntry[] }[] = [];

  constructor(deps: LogStoreDeps) {
    this.#deps = deps;
    this.rows = new LogRows(deps.limit);
  }

  get limit(): number {
    return this.#deps.limit;
  }

  subscribe(listener: ChangeListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Adds entries of one source at the live end, without duplicates. They appear with the next frame. */
  add(source: string, entries: LogEntry[]): void {
    if (this.#pending.length === 0) this.#deps.schedule(() => this.#flush());
    this.#pending.push({ source, entries });
  }

  /** Inserts a page of older entries before the first one of its source; returns the number of rows added. */
  addOlder(source: string, entries: LogEntry[], pageFrom: number): number {
    this.#flush();
    const rows = this.#joiner(source).joinOlder(entries, pageFrom);
    this.#merge(rows, 'new-first');
    return rows.length;
  }

  /** Offset before which to request a source's older lines; null: the page has none of its lines. */
  firstOffset(source: string): number | null {
    const offset = this.#joiners.get(source)?.firstOffset ?? -1;
    return offset === -1 ? null : offset;
  }

  sourceIndex(source: string): number {
    return this.sources.indexOf(source);
  }

  /** Clears the view of one source, or of all (null). The log on disk stays, and later lines appear. */
  clear(source: string | null): void {
    this.#flush();
    for (const [name, joiner] of this.#joiners) {
      if (source === null || name === source) joiner.forgetShown();
    }
    this.#keep((row) => source !== null && row.source !== this.sourceIndex(source));
  }

  /** Drops all state of a source whose process was forgotten and whose log was deleted: a later process of this name starts over. */
  forget(source: string): void {
    this.#flush();
    this.#joiners.delete(source);
    this.#keep((row) => row.source !== this.sourceIndex(source));
  }

  #keep(isKept: (row: StoredRow) => boolean): void {
    const kept = this.rows.takeFrom(this.rows.first).filter(isKept);
    for (const row of kept) this.rows.push(row);
    this.#notify(this.rows.first);
  }

  #flush(): void {
    const pending = this.#pending;
    this.#pending = [];
    const rows = pending.flatMap(({ source, entries }) => this.#addNew(this.#joiner(source), entries));
    // The sort is stable: lines of one source keep their order, because their sortMs never decreases.
    if (pending.length > 1) rows.sort((a, b) => a.sortMs - b.sortMs);
    this.#merge(rows, 'old-first');
  }

  #addNew(joiner: LineJoiner, entries: LogEntry[]): StoredRow[] {
    const isBacklog = joiner.lastOffset === -1;
    const rows = joiner.joinNew(entries);
    if (!isBacklog) this.received += rows.length;
    return rows;
  }

  /** Merges sorted rows into the sorted store; moves only the rows after the first new one. */
  #merge(incoming: StoredRow[], onTie: 'new-first' | 'old-first'): void {
    const earliest = incoming[0];
    if (earliest === undefined) return;
    const isBefore = (old: number, fresh: number): boolean =>
      onTie === 'old-first' ? old <= fresh : old < fresh;
    let place = this.rows.end;
    while (place > this.rows.first && !isBefore(this.rows.sortMsAt(place - 1), earliest.sortMs)) place -= 1;
    const moved = this.rows.takeFrom(place);
    let next = 0;
    for (const row of incoming) {
      for (let old = moved[next]; old !== undefined && isBefore(old.sortMs, row.sortMs); old = moved[next]) {
        this.rows.push(old);
        next += 1;
      }
      this.rows.push(row);
    }
    for (const old of moved.slice(next)) this.rows.push(old);
    this.#notify(place);
  }

  #joiner(source: string): LineJoiner {
    const known = this.#joiners.get(source);
    if (known !== undefined) return known;
    let index = this.sources.indexOf(source);
    if (index === -1) index = this.sources.push(source) - 1;
    const joiner = new LineJoiner(index);
    this.#joiners.set(source, joiner);
    return joiner;
  }

  #notify(changedFrom: number): void {
    for (const listener of this.#listeners) listener(changedFrom);
  }
}
