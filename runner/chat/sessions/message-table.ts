/** Owns the statements on the table of messages. Visible are those that no newer turn has replaced. */
import type { Message } from '#contract/session';
import type { Store } from '../../store/open-store.ts';
import { stored } from './session-rows.ts';
import type { MessageRow } from './session-rows.ts';

/** What an answer ended with. */
export type AnswerEnd = Pick<Message, 'content' | 'reasoning' | 'toolCalls' | 'error' | 'meta'> & {
  status: 'complete' | 'cut' | 'failed';
};

export class MessageTable {
  readonly #visible;
  readonly #visibleById;
  readonly #visibleBefore;
  readonly #streaming;
  readonly #allStreaming;
  readonly #insert;
  readonly #finish;
  readonly #remove;
  readonly #hideFrom;
  readonly #restore;
  readonly #removeReplaced;
  readonly #hasReplaced;

  constructor(store: Store) {
    const visible = `SELECT * FROM messages WHERE session = ? AND replaced_by IS NULL`;
    this.#visible = store.prepare(`${visible} ORDER BY row`);
    this.#visibleById = store.prepare(`${visible} AND id = ?`);
    this.#visibleBefore = store.prepare(`${visible} AND row < ? ORDER BY row DESC LIMIT 1`);
    this.#streaming = store.prepare(`SELECT * FROM messages WHERE id = ? AND status = 'streaming'`);
    this.#allStreaming = store.prepare(`SELECT * FROM messages WHERE status = 'streaming' ORDER BY row`);
    this.#insert = store.prepare(
      `INSERT INTO messages (id, session, role, content, sent, images, reasoning, tool_calls, status, error, meta, at)
       VALUES (:id, :session, :role, :content, :sent, :images, :reasoning, :tool_calls, :status, :error, :meta, :at)`,
    );
    this.#finish = store.prepare(
      `UPDATE messages SET content = :content, reasoning = :reasoning, tool_calls = :tool_calls, status = :status, error = :error, meta = :meta
       WHERE row = :row`,
    );
    this.#remove = store.prepare(`DELETE FROM messages WHERE row = ?`);
    this.#hideFrom = store.prepare(
      `UPDATE messages SET replaced_by = :by WHERE session = :session AND replaced_by IS NULL AND row >= :row`,
    );
    this.#restore = store.prepare(
      `UPDATE messages SET replaced_by = NULL WHERE session = :session AND replaced_by = :by`,
    );
    this.#removeReplaced = store.prepare(
      `DELETE FROM messages WHERE session = :session AND replaced_by = :by`,
    );
    this.#hasReplaced = store.prepare(
      `SELECT 1 FROM messages WHERE session = :session AND replaced_by = :by LIMIT 1`,
    );
  }

  visible(session: number): MessageRow[] {
    return this.#visible.all(session) as unknown as MessageRow[];
  }

  visibleById(session: number, id: string): MessageRow | undefined {
    return this.#visibleById.get(session, id) as MessageRow | undefined;
  }

  visibleBefore(message: MessageRow): MessageRow | undefined {
    return this.#visibleBefore.get(message.session, message.row) as MessageRow | undefined;
  }

  /** The answer with this id while it is being written. */
  streaming(id: string): MessageRow | undefined {
    return this.#streaming.get(id) as MessageRow | undefined;
  }

  allStreaming(): MessageRow[] {
    return this.#allStreaming.all() as unknown as MessageRow[];
  }

  insert(session: number, message: Message): void {
    const { id, role, content, sent, images, reasoning, toolCalls, status, error, meta, at } = message;
    this.#insert.run({
      id,
      session,
      role,
      content,
      sent,
      reasoning,
      status,
      at,
      images: stored(images),
      tool_calls: stored(toolCalls),
      error: stored(error),
      meta: stored(meta),
    });
  }

  finish(row: number, { content, reasoning, toolCalls, status, error, meta }: AnswerEnd): void {
    this.#finish.run({
      row,
      content,
      reasoning,
      status,
      tool_calls: stored(toolCalls),
      error: stored(error),
      meta: stored(meta),
    });
  }

  remove(row: number): void {
    this.#remove.run(row);
  }

  /** Hides `from` and all visible ones after it. */
  hideFrom({ session, row }: MessageRow, by: string): void {
    this.#hideFrom.run({ session, row, by });
  }

  restore({ session, id }: MessageRow): void {
    this.#restore.run({ session, by: id });
  }

  removeReplaced({ session, id }: MessageRow): void {
    this.#removeReplaced.run({ session, by: id });
  }

  hasReplaced({ session, id }: MessageRow): boolean {
    return this.#hasReplaced.get({ session, by: id }) !== undefined;
  }
}
