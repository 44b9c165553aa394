/** Owns the answers that are being written: starts them, finds them again, stops them, and stores how they ended. */
import type { ChatRequest, ChatResponse, SessionChatRequest } from '#contract/chat';
import type { AnswerMeta } from '#contract/session';
import { AppError } from '../base/errors.ts';
import type { Serving } from '../serving/serving.ts';
import type { Logger } from '../base/logger.ts';
import { imageCountOf, promptMessages, toChatMessage, toTurns } from './build-messages.ts';
import type { ChatSettings } from './chat-settings.ts';
import { doneFrameOf, errorFrameOf, faultOf, responseOf, turnEndOf, unbegunTurn } from './finish-answer.ts';
import { LiveAnswer } from './live-answer.ts';
import type { Frame } from './live-answer.ts';
import { checkImages, chooseTarget, metaOf, planAnswer, renderInput } from './plan-answer.ts';
import type { AnswerPlan } from './plan-answer.ts';
import type { EndpointsPort, PresetsPort, SessionsPort, TurnEnd } from './ports.ts';
import type { StreamRecorder } from './stream-recorder.ts';
import { TokenCounter } from './token-counter.ts';
import type { CountTokens } from './token-counter.ts';
import { isNews, makeSession, wishSession } from './wish-session.ts';
import { writeAnswer } from './write-answer.ts';
import type { Conversation, WriteDeps, Written } from './write-answer.ts';

/** An ended answer is at hand this long; then it is read from its record. */
const AT_HAND_MS = 5_000;
const KEEP_AGAIN_MS = 5_000;
const PRUNE_EVERY_MS = 3_600_000;

export interface ChatDeps {
  serving: Serving;
  countTokens: CountTokens;
  settings: ChatSettings;
  recorder: StreamRecorder;
  endpoints: EndpointsPort;
  presets: PresetsPort;
  sessions: SessionsPort;
  newId: () => string;
  logger: Logger;
}

/** An answer on its way. `response` rejects with the AppError of a failed one. */
export interface StartedAnswer {
  live: LiveAnswer;
  response: Promise<ChatResponse>;
}

interface Order {
  principal: string;
  id: string;
  plan: AnswerPlan;
  talk: Conversation;
  /** null: stateless. */
  turn: { sessionId: string; answerId: string; meta: AnswerMeta } | null;
}

export class ChatService {
  readonly #deps: ChatDeps;
  readonly #writeDeps: WriteDeps;
  readonly #answers = new Map<string, LiveAnswer>();
  #pruning: NodeJS.Timeout | undefined;
  #isShuttingDown = false;

  constructor(deps: ChatDeps) {
    this.#deps = deps;
    const { serving, settings, endpoints, countTokens } = deps;
    this.#writeDeps = { serving, settings, endpoints, counter: new TokenCounter(countTokens) };
  }

  /** Gives the streams that a killed runner left an end. */
  start(): void {
    const { recorder } = this.#deps;
    this.#trying(() =>
      recorder.closeOrphans({
        error: 'The runner ended while this was being written.',
        code: 'RUNNER_KILLED',
      }),
    );
    this.#trying(() => recorder.prune());
    this.#pruning = setInterval(() => this.#trying(() => recorder.prune()), PRUNE_EVERY_MS).unref();
  }

  /** Ends all answers, each with an error frame; what had arrived is stored. */
  async stop(): Promise<void> {
    this.#isShuttingDown = true;
    clearInterval(this.#pruning);
    const open = [...this.#answers.values()].filter((answer) => !answer.isEnded);
    for (const answer of open) answer.stop('shutdown');
    await Promise.all(open.map((answer) => answer.ended));
    this.#deps.recorder.flush();
  }

  /** A stateless answer. Throws what `planAnswer` throws, PRESET_NOT_FOUND and IMAGE_NOT_SUPPORTED. */
  chat(principal: string, request: ChatRequest): StartedAnswer {
    this.#checkOpen();
    const { endpoints, presets, settings, serving } = this.#deps;
    const preset = request.preset_id ? presets.get(request.preset_id) : null;
    const target = chooseTarget(endpoints, request, null);
    const plan = planAnswer({
      request,
      settings,
      target,
      model: null,
      sampler: preset?.sampler ?? {},
      hasImages: request.messages.some((message) => imageCountOf(message) > 0),
      serving,
    });
    checkImages(target, request.messages);
    const talk = {
      before: preset === null ? [] : promptMessages(preset),
      turns: () => [],
      after: request.messages,
    };
    return this.#start({ principal, plan, talk, id: this.#deps.newId(), turn: null });
  }

  /** The next turn of a session, which is made if need be. Throws as `chat`, SESSION_BUSY and MESSAGE_NOT_FOUND. */
  sessionChat(principal: string, request: SessionChatRequest): StartedAnswer {
    this.#checkOpen();
    const { endpoints, presets, sessions, settings, serving } = this.#deps;
    const known = request.session_id ? sessions.find(principal, request.session_id) : null;
    const target = chooseTarget(endpoints, request, known);
    const wished = wishSession(request, known, { target, presets });
    const { prompt } = wished;
    const images = request.images ?? [];
    const plan = planAnswer({
      request,
      settings,
      target,
      model: known?.model ?? null,
      sampler: prompt.sampler,
      hasImages: images.length > 0,
      serving,
    });
    const sent = renderInput(prompt, request.message);
    const message = toChatMessage({ role: 'user', text: sent, images, toolCalls: null });
    checkImages(target, [message]);

    const replaceFrom = request.replace_from ?? null;
    if (known === null && replaceFrom !== null)
      throw new AppError('MESSAGE_NOT_FOUND', 'A new session has no message to replace.');
    const session = known ?? makeSession(sessions, principal, { request, wished });
    const id = this.#deps.newId();
    const meta = metaOf(plan, wished, id);
    const user = { content: request.message, sent: sent === request.message ? null : sent, images };
    const { answerId } = sessions.beginTurn(principal, session.id, { user, meta, replaceFrom });
    try {
      // Only now: a turn that is refused changes nothing.
      if (isNews(wished)) sessions.change(principal, session.id, { presetId: wished.presetId, prompt });
      const history = sessions.history(principal, session.id, { before: answerId });
      return this.#start({
        principal,
        id,
        plan,
        talk: {
          before: promptMessages(prompt),
          turns: (canSee) => toTurns(history, canSee),
          after: [message],
        },
        turn: {
          sessionId: session.id,
          answerId,
          meta,
        },
      });
    } catch (error) {
      // A turn that no one writes would keep its session busy for ever.
      this.#tryToKeep(answerId, unbegunTurn(meta));
      throw error;
    }
  }

  /** A live answer, or the frames of an ended one. Throws STREAM_NOT_FOUND, also for a stream of somebody else. */
  find(principal: string, id: string): LiveAnswer | Frame[] {
    const live = this.#answers.get(id);
    if (live?.principal === principal) return live;
    if (this.#deps.recorder.isKnown(id, principal)) return this.#deps.recorder.read(id);
    throw new AppError(
      'STREAM_NOT_FOUND',
      `There is no stream ${id}. Streams are kept for a week; the answer itself is in its session.`,
    );
  }

  /** Ends an answer as its reader wished; what had arrived stays. Already ended: nothing. Throws STREAM_NOT_FOUND. */
  async stopStream(principal: string, id: string): Promise<void> {
    const found = this.find(principal, id);
    if (!(found instanceof LiveAnswer)) return;
    found.stop('user');
    await found.ended;
  }

  async stopSession(principal: string, sessionId: string): Promise<void> {
    const live = [...this.#answers.values()].find(
      (answer) => answer.principal === principal && answer.sessionId === sessionId && !answer.isEnded,
    );
    live?.stop('user');
    await live?.ended;
  }

  #checkOpen(): void {
    if (this.#isShuttingDown)
      throw new AppError('SHUTTING_DOWN', 'The runner is shutting down. Start it again, then ask.');
  }

  #start(order: Order): StartedAnswer {
    const { recorder } = this.#deps;
    const live = new LiveAnswer({
      id: order.id,
      principal: order.principal,
      sessionId: order.turn?.sessionId ?? null,
      messageId: order.turn?.answerId ?? null,
      goesOnAlone: order.plan.goesOnAlone,
      onFrames: (answer) => recorder.note(answer),
    });
    this.#answers.set(order.id, live);
    recorder.note(live);
    const response = this.#run(live, order);
    // Streaming callers ignore this promise; avoid an unhandled rejection.
    response.catch(() => undefined);
    return { live, response };
  }

  async #run(live: LiveAnswer, order: Order): Promise<ChatResponse> {
    const written = await writeAnswer(live, order, this.#writeDeps);
    this.#noteFault(written);
    const fault = this.#keep(written, live, order) ?? faultOf(written);
    const ids = { streamId: order.id, sessionId: live.sessionId, messageId: live.messageId };
    const done = doneFrameOf(written, order.plan, ids);
    live.end(fault === null ? done : errorFrameOf(fault));
    setTimeout(() => this.#answers.delete(live.id), AT_HAND_MS).unref();
    if (fault !== null) throw fault;
    return responseOf(written, done, order.plan.wantsReasoning);
  }

  /** Before the last frame: a client that has seen it may rely on the history. Returns the fault of a store that takes nothing; it is tried again. */
  #keep(written: Written, live: LiveAnswer, { turn }: Order): AppError | null {
    if (turn === null) return null;
    const end = turnEndOf(written, turn.meta, live.elapsedMs);
    if (this.#tryToKeep(turn.answerId, end)) return null;
    return new AppError(
      'STORAGE_FAILED',
      'The answer could not be stored. Make room on the disk of the data folder.',
    );
  }

  /** Until it is stored its session takes no other message. */
  #tryToKeep(answerId: string, end: TurnEnd): boolean {
    const isKept = this.#trying(() => this.#deps.sessions.endTurn(answerId, end));
    // What a runner that ends before leaves open is closed by the next one, from the record.
    if (!isKept && !this.#isShuttingDown)
      setTimeout(() => this.#tryToKeep(answerId, end), KEEP_AGAIN_MS).unref();
    return isKept;
  }

  #noteFault({ fault, endpoint }: Written): void {
    if (fault?.code === 'INTERNAL')
      this.#deps.logger.error({ err: fault.cause }, 'an answer could not be written');
    // A stream that ends without its end: only its reader notices.
    if (fault?.code === 'UPSTREAM_CUT' && endpoint !== null) this.#deps.endpoints.reportFailure(endpoint.id);
  }

  #trying(store: () => void): boolean {
    try {
      store();
      return true;
    } catch (error) {
      this.#deps.logger.error({ err: error }, 'the store could not be written');
      return false;
    }
  }
}
