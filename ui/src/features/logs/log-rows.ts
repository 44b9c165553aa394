/** Stores the newest rows of the log in a ring of columns, which needs little memory. A row's `seq` counts rows since the page was opened. */
export interface StoredRow {
  kind: RowKind;
  /** Index of the source in the store's list. */
  source: number;
  /** When it was written, for display; NaN: unknown. */
  atMs: number;
  /** The sort key: never smaller than that of the source's previous row. */
  sortMs: number;
  /** Byte position after the row in its source's log. */
  offset: number;
  flags: number;
  /** The line, or the JSON of the record. */
  text: string;
}

const ROW_KINDS = ['line', 'run', 'gap'] as const;
export type RowKind = (typeof ROW_KINDS)[number];
export const FLAG = { stderr: 1, warning: 2, error: 4, escapes: 8 } as const;

export class LogRows {
  /** Seq of the oldest row kept, and of the next one added. */
  first = 0;
  end = 0;
  /** Number of rows that the ring has dropped. */
  evicted = 0;
  readonly #limit: number;
  #columns: ReturnType<typeof makeColumns>;

  constructor(limit: number) {
    this.#limit = limit;
    this.#columns = makeColumns(Math.min(limit, 4096));
  }

  get count(): number {
    return this.end - this.first;
  }

  get isFull(): boolean {
    return this.count >= this.#limit;
  }

  push(row: StoredRow): void {
    if (this.count === this.#columns.size) this.#makeRoom();
    this.#write(this.end, row);
    this.end += 1;
  }

  read(seq: number): StoredRow {
    const columns = this.#columns;
    const slot = seq % columns.size;
    return {
      kind: ROW_KINDS[columns.kinds[slot] ?? 0] ?? 'line',
      source: columns.sources[slot] ?? 0,
      atMs: columns.atMs[slot] ?? Number.NaN,
      sortMs: columns.sortMs[slot] ?? 0,
      offset: columns.offsets[slot] ?? 0,
      flags: columns.flags[slot] ?? 0,
      text: columns.texts[slot] ?? '',
    };
  }

  kindAt = (seq: number): RowKind => ROW_KINDS[this.#columns.kinds[seq % this.#columns.size] ?? 0] ?? 'line';
  sourceAt = (seq: number): number => this.#columns.sources[seq % this.#columns.size] ?? 0;
  flagsAt = (seq: number): number => this.#columns.flags[seq % this.#columns.size] ?? 0;
  sortMsAt = (seq: number): number => this.#columns.sortMs[seq % this.#columns.size] ?? 0;
  textAt = (seq: number): string => this.#columns.texts[seq % this.#columns.size] ?? '';

  /** Removes the rows from `seq` on and returns them. */
  takeFrom(seq: number): StoredRow[] {
    const taken: StoredRow[] = [];
    for (let at = Math.max(seq, this.first); at < this.end; at += 1) {
      taken.push(this.read(at));
      this.#columns.texts[at % this.#columns.size] = '';
    }
    this.end = Math.max(seq, this.first);
    return taken;
  }

  #makeRoom(): void {
    if (this.#columns.size >= this.#limit) {
      this.first += 1;
      this.evicted += 1;
      return;
    }
    const before = this.#columns;
    const rows: StoredRow[] = [];
    for (let seq = this.first; seq < this.end; seq += 1) rows.push(this.read(seq));
    this.#columns = makeColumns(Math.min(this.#limit, before.size * 2));
    for (const [index, row] of rows.entries()) this.#write(this.first + index, row);
  }

  #write(seq: number, row: StoredRow): void {
    const columns = this.#columns;
    const slot = seq % columns.size;
    columns.kinds[slot] = ROW_KINDS.indexOf(row.kind);
    columns.sources[slot] = row.source;
    columns.atMs[slot] = row.atMs;
    columns.sortMs[slot] = row.sortMs;
    columns.offsets[slot] = row.offset;
    columns.flags[slot] = row.flags;
    columns.texts[slot] = row.text;
  }
}

function makeColumns(size: number) {
  return {
    size,
    kinds: new Uint8Array(size),
    sources: new Uint16Array(size),
    atMs: new Float64Array(size),
    sortMs: new Float64Array(size),
    offsets: new Float64Array(size),
    flags: new Uint8Array(size),
    texts: Array.from<string>({ length: size }).fill(''),
  };
}
