/** Owns the answers being written, at most one per session: they continue while the user is in another session or on another screen. */
import { PATHS, fillPath } from '#contract/paths';
import { okResponseSchema } from '#contract/process';
import type { SessionChatRequest } from '#contract/chat';
import type { ApiClient } from '../../api/request.ts';
import { EMPTY_ANSWER, applyEvent, type LiveAnswer } from './live-answer.ts';
import { followStream, type FollowEnd, type FollowDeps } from './follow-stream.ts';

/** What the user sends. `replaceFrom` (a message id): replaces that message and all after it. */
export interface TurnRequest {
  message: string;
  images: readonly string[];
  replaceFrom: string | null;
}

export interface LiveTurn {
  /** Ids of the messages before it, which stay visible. */
  before: ReadonlySet<string>;
  /** Ids of all messages that existed when it began: any other message is a result of it. */
  known: ReadonlySet<string>;
  /** null: the page found it running, and the user's message is among those before it. */
  request: TurnRequest | null;
  answer: LiveAnswer;
  /** The connection broke; the page is trying to resume. */
  isBroken: boolean;
  isStopping: boolean;
  /** It has ended and the session was reloaded: what the session lacks now was not stored. */
  isSettled: boolean;
}

interface ChatStreamsDeps {
  api: ApiClient;
  /** Runs `action` in the next frame, so that any number of events causes one render. */
  schedule(action: () => void): void;
  after(delayMs: number, action: () => void): () => void;
  /** Reloads the session after an answer. */
  refresh(sessionId: string): Promise<void>;
}

const NEW_TURN = { isBroken: false, isStopping: false, isSettled: false };

export class ChatStreams {
  readonly #deps: ChatStreamsDeps;
  readonly #turns = new Map<string, LiveTurn>();
  readonly #aborts = new Map<string, AbortController>();
  /** Streams that the runner no longer knows: never request them again. */
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

  /** Sends a message; `messageIds` are the session's current ones, in order. */
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
    const turn = {
      request,
      before: new Set(at === -1 ? messageIds : messageIds.slice(0, at)),
      known: new Set(messageIds),
    };
    this.#begin(sessionId, { ...turn, answer: EMPTY_ANSWER, ...NEW_TURN }, async (signal) => {
      const response = await this.#deps.api.openAnswer(PATHS.chatSessionStream, {
        method: 'POST',
        body,
        signal,
      });
      // Known before the first frame, so that the stream can be stopped and resumed from the start.
      const streamId = response.headers.get('x-stream-id');
      if (streamId !== null) this.#setAnswer(sessionId, { ...EMPTY_ANSWER, streamId });
      return response;
    });
  }

  /** Follows an answer that was begun in another tab, or before a reload of the page. */
  follow(sessionId: string, streamId: string, messageIds: readonly string[]): void {
    if (this.#turns.has(sessionId) || this.#unknownStreams.has(streamId)) return;
    const ids = new Set(messageIds);
    const answer = { ...EMPTY_ANSWER, streamId };
    this.#begin(sessionId, { request: null, before: ids, known: ids, answer, ...NEW_TURN }, async (signal) =>
      this.#resume({ streamId, lastEventId: null }, signal),
    );
  }

  /** Asks the runner to end the answer; what has arrived is kept. */
  stop(sessionId: string): void {
    const turn = this.#turns.get(sessionId);
    if (turn === undefined || turn.answer.end !== null || turn.isStopping) return;
    this.#change(sessionId, { isStopping: true });
    this.#sendStop(sessionId);
  }

  /** Removes a turn: its messages are stored now, or the user dismissed its error. */
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

  /** The runner's stored session is authoritative and replaces what was shown meanwhile. */
  async #settle(sessionId: string, end: FollowEnd): Promise<void> {
    const answer = this.#turns.get(sessionId)?.answer;
    if (end.kind === 'refused' && answer !== undefined) {
      if (answer.streamId !== null) this.#unknownStreams.add(answer.streamId);
      const { code, rawMessage, details } = end.error;
      this.#setAnswer(sessionId, { ...answer, end: { kind: 'failed', code, message: rawMessage, details } });
    }
    await this.#deps.refresh(sessionId).catch(() => undefined);
    this.#change(sessionId, { isSettled: true });
    // Only the session knows the outcome; if the answer is still being written, the page follows it again.
    if (end.kind === 'lost' || (end.kind === 'refused' && answer !== undefined && answer.streamId !== null))
      this.drop(sessionId);
  }

  #setAnswer(sessionId: string, answer: LiveAnswer): void {
    const wasKnown = this.#turns.get(sessionId)?.answer.streamId !== null;
    this.#change(sessionId, { answer });
    if (!wasKnown && answer.streamId !== null && this.#turns.get(sessionId)?.isStopping === true)
      this.#sendStop(sessionId);
  }

  /** Does nothing while the stream is unknown: `#setAnswer` sends the stop as soon as it is known. */
  #sendStop(sessionId: string): void {
    const streamId = this.#turns.get(sessionId)?.answer.streamId ?? null;
    if (streamId === null) return;
    this.#deps.api
      .request(fillPath(PATHS.chatStop, streamId), okResponseSchema, { method: 'POST' })
      .catch(() => this.#change(sessionId, { isStopping: false }));
  }

  async #resume(
    { streamId, lastEventId }: { streamId: string; lastEventId: string | null },
    signal: AbortSignal,
  ): Promise<Response> {
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
