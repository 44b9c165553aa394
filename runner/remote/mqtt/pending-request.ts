/** One request of ours until its answer has ended: who has it, its frames in order, and when it is given up or asked again. */
import { FrameOrder } from './frame-order.ts';
import { MAX_ATTEMPTS } from './envelope.ts';
import type { Frame, Piece } from './envelope.ts';
import { RequestFault } from './request-fault.ts';

export interface PendingParts {
  id: string;
  timeoutMs: number;
  /** Asks (again), with the number of the attempt. */
  ask: (attempt: number) => void;
  /** Tells a worker to stop; null: whoever has it. */
  cancel: (worker: string | null, attempt: number | null) => void;
  /** Asks the worker for its frames from that number on. */
  resend: (worker: string, attempt: number, from: number) => void;
  count: (what: 'duplicates' | 'strays' | 'askedAgain') => void;
  timing: PendingTiming;
}

export interface PendingTiming {
  /** Until a worker says that it has the request. */
  takenMs: number;
  /** The longest silence of a worker, which tells every few seconds that it is alive. */
  silenceMs: number;
  /** How long a missing frame is waited for, and how often it is asked for. */
  gapMs: number;
  resendMs: number;
  /** How long the broker may be away in mid-answer. */
  awayMs: number;
  /** The same while no worker has the request. */
  awayUntakenMs: number;
}

export const PENDING_TIMING: PendingTiming = {
  takenMs: 3_000,
  silenceMs: 20_000,
  gapMs: 10_000,
  resendMs: 1_000,
  awayMs: 30_000,
  awayUntakenMs: 5_000,
};

const WINDOW = 256;
const UNHEARD_MS = 1_000;
/** One that was only overtaken comes by itself. */
const RESEND_FIRST_MS = 250;
const MOST_BUFFERED = 16 * 1024 * 1024;
/** Workers that are told to stop: more than these nobody has. */
const MOST_SCOLDED = 16;

type ErrorFrame = Extract<Frame, { error: unknown }>;
type Numbered = Piece | (ErrorFrame & { seq: number });

interface Owner {
  worker: string;
  hops: number;
}

/** The broker's connection as it is at a tick. */
export interface Connection {
  isUp: boolean;
  /** By the clock of `now`: since when it has been as it is. */
  since: number;
}

export class PendingRequest {
  readonly #parts: PendingParts;
  #order = new FrameOrder<Numbered>(WINDOW);
  #attempt = 1;
  #owner: Owner | null = null;
  /** Something of the answer has come: it cannot be asked again. */
  #hasBegun = false;
  #askedAt: number;
  #heardAt: number;
  #pieceAt: number;
  #unheardAt: number | null = null;
  /** When lost frames were asked for last. */
  #askedAgainAt = -Infinity;
  #pieces: Piece[] = [];
  #buffered = 0;
  #end: { fault: RequestFault | null } | null = null;
  #wake: (() => void) | null = null;
  readonly #scolded = new Set<string>();

  constructor(parts: PendingParts, now: number) {
    this.#parts = parts;
    this.#askedAt = now;
    this.#heardAt = now;
    this.#pieceAt = now;
  }

  take(frame: Frame, now: number): void {
    if (this.#end !== null || frame.attempt !== this.#attempt) return this.#parts.count('strays');
    if (!this.#isOfOwner(frame)) return this.#scold(frame);
    this.#heardAt = now;
    if ('taken' in frame) return;
    if ('alive' in frame) return this.#order.expect(frame.alive, now);
    const piece = numbered(frame);
    if (piece === null) return 'error' in frame ? this.#fail(frame) : undefined;
    try {
      const duplicates = this.#order.duplicates;
      const due = this.#order.take(piece, now);
      if (this.#order.duplicates > duplicates) this.#parts.count('duplicates');
      for (const found of due) this.#add(found, now);
    } catch {
      this.#lose();
    }
  }

  workerGone(worker: string, now: number): void {
    if (this.#owner?.worker === worker) this.#again('The worker that was answering is gone.', now);
  }

  /** Nobody subscribes to the topic of the model: a worker may be on its way back after a broken connection. */
  unheard(now: number): void {
    this.#unheardAt = now;
  }

  tick(now: number, { isUp, since }: Connection): void {
    const { timing, timeoutMs } = this.#parts;
    if (this.#end !== null) return;
    if (!isUp) {
      const limitMs = this.#owner === null ? timing.awayUntakenMs : timing.awayMs;
      if (now - since > limitMs)
        this.fail(new RequestFault('broker_down', 'The broker has been away for too long.'), true);
      return;
    }
    const waited = (from: number): number => now - Math.max(from, since);
    if (Math.min(this.#order.missingMs(now), now - since) > timing.gapMs) return this.#lose();
    this.#fetch(now, since);
    if (now - this.#pieceAt > timeoutMs) {
      const seconds = Math.round(timeoutMs / 100) / 10;
      return this.fail(new RequestFault('timeout', `Nothing of the answer came for ${seconds} s.`), true);
    }
    if (this.#owner === null) {
      if (waited(this.#askedAt) > timing.takenMs) this.#again('No worker took the request.', now);
      else if (this.#unheardAt !== null && now - this.#unheardAt > UNHEARD_MS) this.#askOnceMore();
    } else if (waited(this.#heardAt) > timing.silenceMs) {
      this.#again('The worker that was answering went silent.', now);
    }
  }

  fail(fault: RequestFault, isToCancel = false): void {
    if (this.#end !== null) return;
    this.#end = { fault };
    if (isToCancel) this.#parts.cancel(null, null);
    this.#wake?.();
  }

  /** The pieces as they come. Throws the RequestFault of an answer that failed. */
  async *pieces(): AsyncGenerator<readonly Piece[]> {
    for (;;) {
      const pieces = this.#pieces;
      if (pieces.length > 0) {
        this.#pieces = [];
        this.#buffered = 0;
        yield pieces;
      } else if (this.#end !== null) {
        if (this.#end.fault !== null) throw this.#end.fault;
        return;
      } else {
        await new Promise<void>((resolve) => (this.#wake = resolve));
      }
    }
  }

  /** The first worker that speaks has it, and whoever it hands it to before anything of the answer came. */
  #isOfOwner({ worker, hops }: Frame): boolean {
    const owner = this.#owner;
    if (owner?.worker === worker && owner.hops === hops) return true;
    if (owner !== null && (this.#hasBegun || hops <= owner.hops)) return false;
    this.#owner = { worker, hops };
    this.#order = new FrameOrder(WINDOW);
    return true;
  }

  /** Two workers have the same request: the second one is told to stop. */
  #scold({ worker, attempt }: Frame): void {
    this.#parts.count('strays');
    if (this.#scolded.has(worker) || this.#scolded.size >= MOST_SCOLDED || worker === this.#owner?.worker)
      return;
    this.#scolded.add(worker);
    this.#parts.cancel(worker, attempt);
  }

  #add(piece: Piece | ErrorFrame, now: number): void {
    if ('error' in piece) return this.#fail(piece);
    this.#pieceAt = now;
    this.#hasBegun ||= !('progress' in piece);
    this.#pieces.push(piece);
    this.#buffered += sizeOf(piece);
    if ('done' in piece) this.#end = { fault: null };
    else if (this.#buffered > MOST_BUFFERED) {
      this.fail(new RequestFault('reader_too_slow', 'The answer was not taken as fast as it came.'), true);
    }
    this.#wake?.();
  }

  #fail({ error }: ErrorFrame): void {
    this.fail(new RequestFault(error.code, error.message, { details: error.details }));
  }

  /** What was lost: a frame that others have overtaken, or whatever was sent while we were cut off. */
  #fetch(now: number, since: number): void {
    const owner = this.#owner;
    const isCut = since > this.#heardAt && since > this.#askedAgainAt;
    const isMissing =
      this.#order.missingMs(now) > RESEND_FIRST_MS && now - this.#askedAgainAt > this.#parts.timing.resendMs;
    if (owner === null || !(isCut || isMissing)) return;
    this.#askedAgainAt = now;
    this.#parts.resend(owner.worker, this.#attempt, this.#order.next);
  }

  #askOnceMore(): void {
    this.#unheardAt = null;
    this.#parts.ask(this.#attempt);
  }

  #lose(): void {
    this.fail(
      new RequestFault(
        'frames_lost',
        'A part of the answer was lost on its way through the broker. Ask again.',
      ),
      true,
    );
  }

  /** Only as long as nothing of the answer has come: nobody gets two answers. */
  #again(why: string, now: number): void {
    if (this.#hasBegun) {
      return this.fail(
        new RequestFault('worker_gone', `${why} What had arrived is kept; ask again for a whole answer.`),
        true,
      );
    }
    const hadOwner = this.#owner !== null;
    if (this.#attempt >= MAX_ATTEMPTS) {
      return this.fail(
        hadOwner
          ? new RequestFault('worker_gone', `${why} It was asked ${this.#attempt} times.`)
          : noWorker(),
        true,
      );
    }
    if (this.#owner !== null) this.#parts.cancel(this.#owner.worker, this.#attempt);
    this.#attempt += 1;
    this.#owner = null;
    this.#order = new FrameOrder(WINDOW);
    this.#askedAt = now;
    this.#heardAt = now;
    this.#parts.count('askedAgain');
    this.#askOnceMore();
  }
}

/** Null: it stands in no order. */
function numbered(frame: Exclude<Frame, { taken: unknown } | { alive: unknown }>): Numbered | null {
  if (!('error' in frame)) return frame;
  return frame.seq === undefined ? null : { ...frame, seq: frame.seq };
}

function noWorker(): RequestFault {
  return new RequestFault(
    'no_worker',
    'No worker on the broker took the request. Check that one serves this model.',
  );
}

function sizeOf(piece: Piece): number {
  if ('content' in piece) return piece.content.length;
  if ('reasoning' in piece) return piece.reasoning.length;
  return 'tool_calls' in piece ? JSON.stringify(piece.tool_calls).length : 64;
}
