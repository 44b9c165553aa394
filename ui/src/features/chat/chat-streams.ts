/** Owns the answers being written, one a session at most: they go on while the user looks at another session or screen. */
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import type { SessionChatRequest } from '#contract/chat';
import type { ApiClient } from '../../api/request.ts';
import { EMPTY_ANSWER, applyEvent, type LiveAnswer } from './live-answer.ts';
import { followStream, type FollowEnd, type FollowDeps } from './follow-stream.ts';

/** What the user sends. `replaceFrom` (a message id): that message and all after it are replaced. */
export interface TurnRequest {
  message: string;
  images: readonly string[];
  replaceFrom: string | null;
}

export interface LiveTurn {
  /** The messages before it, by id; they stay in sight. */
  before: ReadonlySet<string>;
  /** All messages that were there when it began: what is not among them came of it. */
  known: ReadonlySet<string>;
  /** null: found running, the user's message is among those before it. */
  request: TurnRequest | null;
  answer: LiveAnswer;
  /** The connection broke; the page tries to go on. */
  isBroken: boolean;
  isStopping: boolean;
  /** It has ended, and the session was read anew: what is not there now was not stored. */
  isSettled: boolean;
}

interface ChatStreamsDeps {
  api: ApiClient;
  /** Once a frame: however many events arrive, the page is drawn once. */
  schedule(action: () => void): void;
  after(delayMs: number, action: () => void): () => void;
  /** Reads the session anew after an answer. */
  refresh(sessionId: string): Promise<void>;
}

const NEW_TURN = { isBroken: false, isStopping: false, isSettled: false };

export class ChatStreams {
  readonly #deps: ChatStreamsDeps;
  readonly #turns = new Map<string, LiveTurn>();
  readonly #aborts = new Map<string, AbortController>();
  /** Streams that the runner does not know any more: not to be asked for again. */
  readonly #unknownStreams = new Set<string>();
  readonly #listeners = new Set<() => void>();
  #isNotifyPending = false;

  constructor(deps: ChatStreamsDeps) {
    this.#deps = deps;
  }

  subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  turn = (sessionId: string): LiveTurn | null => this.#turns.get(sessionId) ?? null;

  isAnswering = (sessionId: string): boolean => this.#turns.get(sessionId)?.answer.end === null;

  /** Sends a message; `messageIds` are those of the session as it is now, in order. */
  send(sessionId: string, request: TurnRequest, messageIds: readonly string[]): void {
    const at = request.replaceFrom === null ? -1 : messageIds.indexOf(request.replaceFrom);
    const body: SessionChatRequest = {
      session_id: sessionId,
      message: request.message,
      ...(request.images.length > 0 && { images: [...request.images] }),
      ...(request.replaceFrom !== null && { replace_from: request.replaceFrom }),
      progress: true,
      reasoning: true,
      on_disconnect: 'continue',
    };
    const turn = { request, before: new Set(at === -1 ? messageIds : messageIds.slice(0, at)), known: new Set(messageIds) };
    this.#begin(sessionId, { ...turn, answer: EMPTY_ANSWER, ...NEW_TURN }, async (signal) => {
      const response = await this.#deps.api.openAnswer(PATHS.chatSessionStream, { method: 'POST', body, signal });
      // Known before its first frame: it can be stopped, and gone on with.
      const streamId = response.headers.get('x-stream-id');
      if (streamId !== null) this.#setAnswer(sessionId, { ...EMPTY_ANSWER, streamId });
      return response;
    });
  }

  /** Looks on at an answer that was begun elsewhere, or before the page was loaded anew. */
  follow(sessionId: string, streamId: string, messageIds: readonly string[]): void {
    if (this.#turns.has(sessionId) || this.#unknownStreams.has(streamId)) return;
    const ids = new Set(messageIds);
    const answer = { ...EMPTY_ANSWER, streamId };
    this.#begin(sessionId, { request: null, before: ids, known: ids, answer, ...NEW_TURN }, async (signal) =>
      this.#resume({ streamId, lastEventId: null }, signal),
    );
  }

  /** Asks the runner to end the answer; what came is kept. */
  stop(sessionId: string): void {
    const turn = this.#turns.get(sessionId);
    if (turn === undefined || turn.answer.end !== null || turn.isStopping) return;
    this.#change(sessionId, { isStopping: true });
    this.#sendStop(sessionId);
  }

  /** Takes a turn off the page: it is among the messages now, or the user dismissed its error. */
  drop(sessionId: string): void {
    this.#aborts.get(sessionId)?.abort();
    this.#aborts.delete(sessionId);
    if (this.#turns.delete(sessionId)) this.#notify();
  }

  #begin(sessionId: string, turn: LiveTurn, open: FollowDeps['open']): void {
    this.drop(sessionId);
    const abort = new AbortController();
    this.#aborts.set(sessionId, abort);
    this.#turns.set(sessionId, turn);
    this.#notify();
    void this.#run(sessionId, open, abort.signal);
  }

  async #run(sessionId: string, open: FollowDeps['open'], signal: AbortSignal): Promise<void> {
    const answer = (): LiveAnswer => this.#turns.get(sessionId)?.answer ?? EMPTY_ANSWER;
    const end = await followStream(
      {
        open,
        resume: async (position, resumeSignal) => this.#resume(position, resumeSignal),
        onEvent: (event) => this.#setAnswer(sessionId, applyEvent(answer(), event)),
        position: () => {
          const { streamId, lastEventId } = answer();
          return streamId === null ? null : { streamId, lastEventId };
        },
        isEnded: () => answer().end !== null,
        onBroken: (isBroken) => this.#change(sessionId, { isBroken }),
        after: (delayMs, action) => this.#deps.after(delayMs, action),
      },
      signal,
    );
    if (end.kind === 'aborted' || signal.aborted) return;
    await this.#settle(sessionId, end);
  }

  /** What the runner stored is the truth: it takes the place of what was shown meanwhile. */
  async #settle(sessionId: string, end: FollowEnd): Promise<void> {
    const answer = this.#turns.get(sessionId)?.answer;
    if (end.kind === 'refused' && answer !== undefined) {
      if (answer.streamId !== null) this.#unknownStreams.add(answer.streamId);
      const { code, rawMessage, details } = end.error;
      this.#setAnswer(sessionId, { ...answer, end: { kind: 'failed', code, message: rawMessage, details } });
    }
    await this.#deps.refresh(sessionId).catch(() => undefined);
    this.#change(sessionId, { isSettled: true });
    // Nobody knows what became of it but the session; if it is still being answered, the page will follow it anew.
    if (end.kind === 'lost' || (end.kind === 'refused' && answer !== undefined && answer.streamId !== null)) this.drop(sessionId);
  }

  #setAnswer(sessionId: string, answer: LiveAnswer): void {
    const wasKnown = this.#turns.get(sessionId)?.answer.streamId !== null;
    this.#change(sessionId, { answer });
    if (!wasKnown && answer.streamId !== null && this.#turns.get(sessionId)?.isStopping === true) this.#sendStop(sessionId);
  }

  /** Where the stream is not known yet, it is stopped as soon as it is. */
  #sendStop(sessionId: string): void {
    const streamId = this.#turns.get(sessionId)?.answer.streamId ?? null;
    if (streamId === null) return;
    this.#deps.api
      .request(fillPath(PATHS.chatStop, streamId), okResponseSchema, { method: 'POST' })
      .catch(() => this.#change(sessionId, { isStopping: false }));
  }

  async #resume({ streamId, lastEventId }: { streamId: string; lastEventId: string | null }, signal: AbortSignal): Promise<Response> {
    const headers = lastEventId === null ? {} : { 'last-event-id': lastEventId };
    return this.#deps.api.openAnswer(fillPath(PATHS.chatStreams, streamId), { headers, signal });
  }

  #change(sessionId: string, patch: Partial<LiveTurn>): void {
    const turn = this.#turns.get(sessionId);
    if (turn === undefined) return;
    this.#turns.set(sessionId, { ...turn, ...patch });
    this.#notify();
  }

  #notify(): void {
    if (this.#isNotifyPending) return;
    this.#isNotifyPending = true;
    this.#deps.schedule(() => {
      this.#isNotifyPending = false;
      for (const listener of this.#listeners) listener();
    });
  }
}
