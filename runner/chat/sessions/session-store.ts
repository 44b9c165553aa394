/** Owns the sessions and their messages: who may see which, how they change, and the news of every change. */
import type { Prompt } from '#contract/preset';
import type { Message, Session, SessionExport } from '#contract/session';
import { AppError } from '../../base/errors.ts';
import { Signal } from '../../base/signal.ts';
import { inTransaction } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { sessionMarkdown } from './export-markdown.ts';
import { messagesToFork } from './fork-messages.ts';
import { checkImport } from './import-check.ts';
import type { ImportedMessage } from './import-check.ts';
import { MessageTable } from './message-table.ts';
import type { AnswerEnd } from './message-table.ts';
import { modelHistory } from './model-history.ts';
import type { HistoryMessage } from './model-history.ts';
import { messageOf, metaOf, sessionOf, stored } from './session-rows.ts';
import type { MessageRow, SessionRow } from './session-rows.ts';
import { SessionTable } from './session-table.ts';
import { forkTitle, titleOf } from './session-title.ts';
import { finishTurn, newMessage, startTurn, visibleOrThrow } from './turns.ts';
import type { TurnIds, TurnStart } from './turns.ts';

export interface SessionStoreParts {
  store: Store;
  now: () => Date;
  newId: () => string;
}

export interface NewSession {
  id?: string | undefined;
  /** Absent: its first message names it. */
  title?: string | undefined;
  endpointId: string | null;
  model: string | null;
  presetId: string | null;
  prompt: Prompt;
}

export interface ChangedSession {
  title?: string | undefined;
  endpointId?: string | null | undefined;
  model?: string | null | undefined;
  presetId?: string | null | undefined;
  prompt?: Prompt | undefined;
}

export interface SessionQuery {
  /** Part of a title or of a message. */
  search?: string | undefined;
  limit?: number | undefined;
  /** `updatedAt` of the last session of the page before. */
  before?: string | undefined;
}

/** What was recorded of an answer by the time the runner was killed. */
export type Recorded = (
  streamId: string | null,
  answerId: string,
) => { content: string; reasoning: string | null };

const AFTER_ALL_TIMES = '~';
const KILLED = { code: 'RUNNER_KILLED', message: 'The runner ended while this was being written.' };

/** A session of another principal is as unknown as one that never was: SESSION_NOT_FOUND. */
export class SessionStore {
  readonly changed = new Signal<{ principal: string; id: string }>();
  readonly #parts: SessionStoreParts;
  readonly #sessions: SessionTable;
  readonly #messages: MessageTable;

  constructor(parts: SessionStoreParts) {
    this.#parts = parts;
    this.#sessions = new SessionTable(parts.store);
    this.#messages = new MessageTable(parts.store);
  }

  /** Newest change first; 50, at most 200. */
  list(
    principal: string,
    { search = '', limit = 50, before = AFTER_ALL_TIMES }: SessionQuery = {},
  ): Session[] {
    const page = { search: search.trim(), before, limit: Math.min(Math.max(limit, 1), 200) };
    return this.#sessions.page(principal, page).map(sessionOf);
  }

  find(principal: string, id: string): Session | null {
    const row = this.#sessions.find(principal, id);
    return row === undefined ? null : sessionOf(row);
  }

  get(principal: string, id: string): Session {
    return sessionOf(this.#row(principal, id));
  }

  /** The visible ones, oldest first. */
  messages(principal: string, id: string): Message[] {
    return this.#messages.visible(this.#row(principal, id).row).map(messageOf);
  }

  /** Throws SESSION_EXISTS when this principal has a session with the id. */
  create(principal: string, input: NewSession): Session {
    const id = input.id ?? this.#parts.newId();
    return this.#write(principal, id, (at) => {
      this.#insert(principal, { ...input, id, title: input.title ?? '', forkedFrom: null, at });
    });
  }

  /** Absent fields stay. */
  change(principal: string, id: string, change: ChangedSession): Session {
    return this.#write(principal, id, (at) => {
      const row = this.#row(principal, id);
      const {
        title = row.title,
        endpointId = row.endpoint_id,
        model = row.model,
        presetId = row.preset_id,
        prompt,
      } = change;
      this.#sessions.change({
        row: row.row,
        title,
        model,
        endpoint_id: endpointId,
        preset_id: presetId,
        updated_at: at,
        prompt: prompt === undefined ? row.prompt : JSON.stringify(prompt),
      });
    });
  }

  /** With its messages. An answer that is being written is no longer kept. */
  remove(principal: string, id: string): void {
    this.#sessions.remove(this.#row(principal, id).row);
    this.changed.emit({ principal, id });
  }

  /** A new session with copies of the messages up to and with `messageId`; absent: all. Throws MESSAGE_NOT_FOUND. */
  fork(
    principal: string,
    id: string,
    { messageId, title }: { messageId?: string | undefined; title?: string | undefined } = {},
  ): Session {
    const copyId = this.#parts.newId();
    return this.#write(principal, copyId, (at) => {
      const source = this.#row(principal, id);
      if (messageId !== undefined) visibleOrThrow(this.#messages, source.row, messageId);
      const copies = messagesToFork(this.#messages.visible(source.row).map(messageOf), messageId ?? null);
      const forkedFrom = { sessionId: id, messageId: messageId ?? copies.at(-1)?.id ?? '' };
      const fork = {
        ...sessionOf(source),
        id: copyId,
        title: title ?? forkTitle(source.title),
        forkedFrom,
        at,
      };
      const row = this.#insert(principal, fork);
      for (const message of copies) this.#messages.insert(row, { ...message, id: this.#parts.newId() });
    });
  }

  /** The user's message and an empty answer that is "streaming". Throws SESSION_BUSY, and MESSAGE_NOT_FOUND for `replaceFrom`. */
  beginTurn(principal: string, id: string, turn: TurnStart): TurnIds {
    const ids = { userMessageId: this.#parts.newId(), answerId: this.#parts.newId() };
    this.#write(principal, id, (at) => {
      const session = this.#idleRow(principal, id);
      startTurn(this.#messages, turn, { ...ids, session: session.row, at });
      this.#touch(session, turn.user.content, at);
    });
    return ids;
  }

  /** For the model: whole turns before that of the answer `before`. */
  history(principal: string, id: string, { before }: { before?: string | undefined } = {}): HistoryMessage[] {
    return modelHistory(this.messages(principal, id), before);
  }

  /** Nothing happens when the answer has ended already, or its session is gone. */
  endTurn(answerId: string, end: AnswerEnd): void {
    const answer = this.#messages.streaming(answerId);
    if (answer !== undefined) this.#end(answer, end);
  }

  /** At start: ends what a killed runner left. Answers how many. */
  recover(recorded: Recorded): number {
    const left = this.#messages.allStreaming();
    for (const answer of left) {
      const meta = metaOf(answer);
      const { content, reasoning } = recorded(meta?.streamId ?? null, answer.id);
      this.#end(answer, { status: 'cut', content, reasoning, toolCalls: null, error: KILLED, meta });
    }
    return left.length;
  }

  /** A history made elsewhere. Throws SESSION_BUSY, and INVALID_REQUEST for a question without an answer. */
  appendMessages(principal: string, id: string, messages: readonly ImportedMessage[]): void {
    checkImport(messages);
    this.#write(principal, id, (at) => {
      const session = this.#idleRow(principal, id);
      for (const { role, content } of messages) {
        this.#messages.insert(session.row, newMessage({ id: this.#parts.newId(), role, content, at }));
      }
      this.#touch(session, messages.find(({ role }) => role === 'user')?.content ?? '', at);
    });
  }

  /** For people to read; images are named, not put in. */
  exportMarkdown(principal: string, id: string): string {
    return sessionMarkdown(this.get(principal, id), this.messages(principal, id));
  }

  exportJson(principal: string, id: string): SessionExport {
    const session = this.get(principal, id);
    return {
      format: 'llm-server-manager/session',
      version: 1,
      session,
      messages: this.messages(principal, id),
    };
  }

  #row(principal: string, id: string): SessionRow {
    const row = this.#sessions.find(principal, id);
    if (row === undefined)
      throw new AppError(
        'SESSION_NOT_FOUND',
        `There is no session with the id ${id}. It may have been removed.`,
      );
    return row;
  }

  #idleRow(principal: string, id: string): SessionRow {
    const row = this.#row(principal, id);
    if (row.is_answering === 1) {
      throw new AppError('SESSION_BUSY', 'This session is answering already. Wait for it, or stop it first.');
    }
    return row;
  }

  #insert(
    principal: string,
    session: NewSession & Pick<Session, 'id' | 'title' | 'forkedFrom'> & { at: string },
  ): number {
    const { id, title, endpointId, model, presetId, prompt, forkedFrom, at } = session;
    if (this.#sessions.find(principal, id) !== undefined) {
      throw new AppError(
        'SESSION_EXISTS',
        `There is a session with the id ${id} already. Choose another id, or leave it out.`,
      );
    }
    return this.#sessions.insert({
      principal,
      id,
      title,
      model,
      endpoint_id: endpointId,
      preset_id: presetId,
      created_at: at,
      updated_at: at,
      prompt: JSON.stringify(prompt),
      forked_from: stored(forkedFrom),
    });
  }

  #touch(session: SessionRow, firstMessage: string, at: string): void {
    this.#sessions.touch(session.row, {
      title: session.title === '' ? titleOf(firstMessage) : session.title,
      at,
    });
  }

  #end(answer: MessageRow, end: AnswerEnd): void {
    const session = this.#sessions.findByRow(answer.session);
    if (session === undefined) return;
    const { principal, id } = session;
    this.#write(principal, id, (at) => {
      finishTurn(this.#messages, answer, end);
      this.#sessions.touch(session.row, { title: session.title, at });
    });
  }

  /** One transaction, then the news. Answers the session as it is now. */
  #write(principal: string, id: string, work: (at: string) => void): Session {
    const session = inTransaction(this.#parts.store, () => {
      work(this.#sessions.timeOfChange(principal, this.#parts.now()));
      return this.get(principal, id);
    });
    this.changed.emit({ principal, id });
    return session;
  }
}
