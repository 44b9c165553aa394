/** One answer while it is being written: its frames, who follows it, and how it is stopped. Where the text comes from is not its business. */
import type { ChatFrame } from '#contract/chat';

/** How long an answer goes on without anybody following, where the client wished so. */
const ALONE_MS = 30_000;

/** Why an answer was ended by us. */
export class StopReason extends Error {
  readonly kind: 'user' | 'client-gone' | 'shutdown';

  constructor(kind: StopReason['kind']) {
    super(kind);
    this.kind = kind;
  }
}

export interface Frame {
  /** ms since the answer began. */
  atMs: number;
  json: string;
}

export interface LiveAnswerOrder {
  id: string;
  principal: string;
  sessionId: string | null;
  messageId: string | null;
  goesOnAlone: boolean;
  /** Called when there are frames that are not yet recorded. */
  onFrames: (answer: LiveAnswer) => void;
}

export class LiveAnswer {
  readonly id: string;
  readonly principal: string;
  readonly sessionId: string | null;
  readonly messageId: string | null;
  /** ISO 8601. */
  readonly startedAt = new Date().toISOString();
  readonly frames: Frame[] = [];
  /** How many of the frames are recorded. */
  recorded = 0;
  readonly #order: LiveAnswerOrder;
  readonly #stop = new AbortController();
  readonly #startedAt = performance.now();
  readonly #ended = Promise.withResolvers<undefined>();
  #wakes: (() => void)[] = [];
  #isEnded = false;
  #followers = 0;
  #aloneTimer: NodeJS.Timeout | undefined;

  constructor(order: LiveAnswerOrder) {
    this.#order = order;
    this.id = order.id;
    this.principal = order.principal;
    this.sessionId = order.sessionId;
    this.messageId = order.messageId;
  }

  /** Aborted, with a StopReason, when the answer is to be stopped. */
  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  get isEnded(): boolean {
    return this.#isEnded;
  }

  get elapsedMs(): number {
    return performance.now() - this.#startedAt;
  }

  /** Resolves when the last frame is there. */
  get ended(): Promise<undefined> {
    return this.#ended.promise;
  }

  push(frame: ChatFrame): void {
    if (this.#isEnded) return;
    this.frames.push({ atMs: Math.round(this.elapsedMs), json: JSON.stringify(frame) });
    this.#order.onFrames(this);
    this.#wake();
  }

  /** The last frame: done or error. */
  end(frame: ChatFrame): void {
    this.push(frame);
    this.#isEnded = true;
    clearTimeout(this.#aloneTimer);
    this.#ended.resolve(undefined);
    this.#wake();
  }

  stop(kind: StopReason['kind']): void {
    if (!this.#isEnded) this.#stop.abort(new StopReason(kind));
  }

  /** Says that somebody follows; the returned undo says that they left. */
  follow(): () => void {
    this.#followers += 1;
    clearTimeout(this.#aloneTimer);
    let hasLeft = false;
    return () => {
      if (hasLeft) return;
      hasLeft = true;
      this.#followers -= 1;
      if (this.#followers === 0) this.#leaveAlone();
    };
  }

  /** Resolves when there is a frame after `position`, the answer has ended, or the signal was aborted. */
  async grown(position: number, signal: AbortSignal): Promise<void> {
    if (this.frames.length > position || this.#isEnded || signal.aborted) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        resolve();
      };
      signal.addEventListener('abort', done, { once: true });
      this.#wakes.push(done);
    });
  }

  #wake(): void {
    const wakes = this.#wakes;
    this.#wakes = [];
    for (const wake of wakes) wake();
  }

  #leaveAlone(): void {
    if (this.#isEnded) return;
    if (!this.#order.goesOnAlone) return this.stop('client-gone');
    this.#aloneTimer = setTimeout(() => this.stop('client-gone'), ALONE_MS);
  }
}
