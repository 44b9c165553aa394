/** Owns the statements on the table of sessions; what they mean is the store's business. */
import type { Store } from '../../store/open-store.ts';
import type { SessionRow } from './session-rows.ts';
import { foldCase, likePattern } from './text-search.ts';

const COLUMNS = `s.*,
  (SELECT count(*) FROM messages m WHERE m.session = s.row AND m.replaced_by IS NULL) AS message_count,
  EXISTS (SELECT 1 FROM messages m WHERE m.session = s.row AND m.status = 'streaming') AS is_answering`;

const contains = (column: string): string =>
  String.raw`(${column} LIKE :pattern ESCAPE '\' AND instr(fold_case(${column}), :needle) > 0)`;
const MATCHES = `(${contains('s.title')} OR EXISTS (
  SELECT 1 FROM messages m WHERE m.session = s.row AND m.replaced_by IS NULL AND ${contains('m.content')}))`;

type NewRow = Omit<SessionRow, 'row' | 'message_count' | 'is_answering'>;
type ChangedRow = Pick<
  SessionRow,
  'row' | 'title' | 'endpoint_id' | 'model' | 'preset_id' | 'prompt' | 'updated_at'
>;

export class SessionTable {
  readonly #find;
  readonly #findByRow;
  readonly #page;
  readonly #search;
  readonly #insert;
  readonly #change;
  readonly #touch;
  readonly #remove;
  readonly #lastChange;

  constructor(store: Store) {
    store.function('fold_case', { deterministic: true }, (text) => foldCase(String(text)));
    const page = (condition: string): string =>
      `SELECT ${COLUMNS} FROM sessions s WHERE s.principal = :principal AND s.updated_at < :before ${condition} ORDER BY s.updated_at DESC LIMIT :limit`;
    this.#find = store.prepare(`SELECT ${COLUMNS} FROM sessions s WHERE s.principal = ? AND s.id = ?`);
    this.#findByRow = store.prepare(`SELECT ${COLUMNS} FROM sessions s WHERE s.row = ?`);
    this.#page = store.prepare(page(''));
    this.#search = store.prepare(page(`AND ${MATCHES}`));
    this.#insert = store.prepare(
      `INSERT INTO sessions (principal, id, title, endpoint_id, model, preset_id, prompt, forked_from, created_at, updated_at)
       VALUES (:principal, :id, :title, :endpoint_id, :model, :preset_id, :prompt, :forked_from, :created_at, :updated_at)`,
    );
    this.#change = store.prepare(
      `UPDATE sessions SET title = :title, endpoint_id = :endpoint_id, model = :model, preset_id = :preset_id, prompt = :prompt,
       updated_at = :updated_at WHERE row = :row`,
    );
    this.#touch = store.prepare(`UPDATE sessions SET title = :title, updated_at = :at WHERE row = :row`);
    this.#remove = store.prepare(`DELETE FROM sessions WHERE row = ?`);
    this.#lastChange = store.prepare(
      `SELECT max(updated_at) AS at FROM sessions WHERE principal = :principal AND updated_at >= :from AND updated_at < :to`,
    );
  }

  find(principal: string, id: string): SessionRow | undefined {
    return this.#find.get(principal, id) as SessionRow | undefined;
  }

  findByRow(row: number): SessionRow | undefined {
    return this.#findByRow.get(row) as SessionRow | undefined;
  }

  /** Newest first; `search` '': all. */
  page(
    principal: string,
    { search, before, limit }: { search: string; before: string; limit: number },
  ): SessionRow[] {
    const where = { principal, before, limit };
    const needle = foldCase(search);
    const rows =
      needle === ''
        ? this.#page.all(where)
        : this.#search.all({ ...where, needle, pattern: likePattern(needle) });
    return rows as unknown as SessionRow[];
  }

  /** Answers the number of the new row. */
  insert(session: NewRow): number {
    return Number(this.#insert.run({ ...session }).lastInsertRowid);
  }

  change({ row, title, endpoint_id, model, preset_id, prompt, updated_at }: ChangedRow): void {
    this.#change.run({ row, title, endpoint_id, model, preset_id, prompt, updated_at });
  }

  /** Messages came or went: the time of the change, and the title that the first of them may have given. */
  touch(row: number, { title, at }: { title: string; at: string }): void {
    this.#touch.run({ row, title, at });
  }

  /** With its messages. */
  remove(row: number): void {
    this.#remove.run(row);
  }

  /** `now`, or just after the last change where several fall on one millisecond: a page may end between any two sessions. */
  timeOfChange(principal: string, now: Date): string {
    const to = new Date(now.getTime() + 60_000).toISOString();
    const last = this.#lastChange.get({ principal, from: now.toISOString(), to })?.['at'];
    return typeof last === 'string' ? new Date(Date.parse(last) + 1).toISOString() : now.toISOString();
  }
}
