/** Keeps the frames of every answer in the store, a few times a second, so that a stream can be resumed, replayed, and saved from a killed runner. */
import type { StatementSync } from 'node:sqlite';
import { z } from 'zod';
import { chatFrameSchema } from '#contract/chat';
import type { ChatFrame } from '#contract/chat';
import { inTransaction } from '../store/open-store.ts';
import type { Store } from '../store/open-store.ts';
import type { Frame, LiveAnswer } from './live-answer.ts';

const WRITE_EVERY_MS = 200;
const WRITE_AGAIN_MS = 5_000;
const KEPT_STREAMS = 1_000;
const KEPT_MS = 7 * 24 * 3_600_000;

const recordSchema = z.array(z.tuple([z.number(), z.unknown()]));

export interface RecordedText {
  content: string;
  reasoning: string | null;
}

export class StreamRecorder {
  readonly #store: Store;
  readonly #begin: StatementSync;
  readonly #append: StatementSync;
  readonly #close: StatementSync;
  readonly #onFault: (error: unknown) => void;
  readonly #pending = new Set<LiveAnswer>();
  #timer: NodeJS.Timeout | undefined;

  /** `onFault` hears of a store that cannot be written (a full disk): an answer goes on without its record. */
  constructor(store: Store, onFault: (error: unknown) => void) {
    this.#store = store;
    this.#begin = store.prepare(
      `INSERT OR IGNORE INTO streams (id, principal, session, message_id, started_at)
       VALUES (?, ?, (SELECT row FROM sessions WHERE principal = ? AND id = ?), ?, ?)`,
    );
    // A stream that was deleted meanwhile, with its session, takes no more frames.
    this.#append = store.prepare(
      'INSERT OR REPLACE INTO stream_frames (stream, first, frames) SELECT id, ?, ? FROM streams WHERE id = ?',
    );
    this.#close = store.prepare('UPDATE streams SET is_ended = 1 WHERE id = ?');
    this.#onFault = onFault;
  }

  /** It, and its frames so far, will be written soon, together with those of others: a write for each would cost more than the answer. */
  note(answer: LiveAnswer): void {
    this.#pending.add(answer);
    this.#timer ??= setTimeout(() => this.flush(), WRITE_EVERY_MS);
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const answers = [...this.#pending];
    this.#pending.clear();
    try {
      inTransaction(this.#store, () => {
        for (const answer of answers) this.#write(answer);
      });
      for (const answer of answers) answer.recorded = answer.frames.length;
    } catch (error) {
      this.#onFault(error);
      for (const answer of answers) this.#pending.add(answer);
      this.#timer = setTimeout(() => this.flush(), WRITE_AGAIN_MS).unref();
    }
  }

  isKnown(id: string, principal: string): boolean {
    return (
      this.#store.prepare('SELECT 1 FROM streams WHERE id = ? AND principal = ?').get(id, principal) !==
      undefined
    );
  }

  read(id: string): Frame[] {
    const rows = this.#store
      .prepare('SELECT frames FROM stream_frames WHERE stream = ? ORDER BY first')
      .all(id);
    return rows.flatMap(({ frames }) =>
      recordSchema
        .parse(JSON.parse(String(frames)))
        .map(([atMs, frame]) => ({ atMs, json: JSON.stringify(frame) })),
    );
  }

  textOf(id: string): RecordedText {
    let content = '';
    let reasoning = '';
    for (const { json } of this.read(id)) {
      const frame = chatFrameSchema.safeParse(JSON.parse(json)).data;
      if (frame === undefined) continue;
      if ('content' in frame) content += frame.content;
      if ('reasoning' in frame) reasoning += frame.reasoning;
    }
    return { content, reasoning: reasoning === '' ? null : reasoning };
  }

  /** Streams that a killed runner left without an end get one. */
  closeOrphans(last: ChatFrame): void {
    for (const { id } of this.#store.prepare('SELECT id FROM streams WHERE is_ended = 0').all()) {
      const frames = this.read(String(id));
      const record = [[frames.at(-1)?.atMs ?? 0, last]];
      inTransaction(this.#store, () => {
        this.#append.run(frames.length, JSON.stringify(record), String(id));
        this.#close.run(String(id));
      });
    }
  }

  /** Forgets streams older than a week, and all but the newest thousand. Their answers stay in the sessions. */
  prune(): void {
    this.#store
      .prepare(
        `DELETE FROM streams WHERE is_ended = 1
         AND (started_at < ? OR id NOT IN (SELECT id FROM streams ORDER BY started_at DESC LIMIT ${KEPT_STREAMS}))`,
      )
      .run(new Date(Date.now() - KEPT_MS).toISOString());
  }

  #write(answer: LiveAnswer): void {
    const { id, principal, sessionId, messageId } = answer;
    if (answer.recorded === 0)
      this.#begin.run(id, principal, principal, sessionId, messageId, answer.startedAt);
    const fresh = answer.frames.slice(answer.recorded);
    if (fresh.length > 0)
      this.#append.run(
        answer.recorded,
        `[${fresh.map(({ atMs, json }) => `[${atMs},${json}]`).join(',')}]`,
        answer.id,
      );
    if (answer.isEnded) this.#close.run(answer.id);
  }
}
