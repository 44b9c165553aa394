/** The answer that a client gets: its head once, bytes as they come, and an end that tells a failure in the way that still fits. */
import type { ServerResponse } from 'node:http';
import { AnswerMeter } from '../accounting/answer-meter.ts';
import type { ErrorEvent } from './error-event.ts';
import { errorBody } from './openai-error.ts';
import type { GatewayError } from './openai-error.ts';
import { headersToClient } from './pass-headers.ts';
import type { ResponseHead } from '../../serving/upstream-failure.ts';

const NEWLINE = 0x0a;
const EMPTY = Buffer.alloc(0);
/** A line that is longer passes in parts. */
const LONGEST_HELD_BYTES = 1024 * 1024;

export class ClientAnswer {
  readonly meter = new AnswerMeter();
  /** Status of the upstream's head that passed, or of the refusal; null: none yet. */
  status: number | null = null;
  readonly #response: ServerResponse;
  readonly #errorEvent: ErrorEvent;
  #isSse = false;
  /** Opened by comments, before any upstream had answered. */
  #isOpened = false;
  /** The beginning of a line whose end has not come: alone it is of no use to anybody, and after a cut it would spoil the error event. */
  #held: Buffer = EMPTY;
  #lastWritten: Buffer = EMPTY;
  readonly #stallMs: number;
  #stall: NodeJS.Timeout | undefined;

  /** `stallMs`: a client that takes nothing for so long is given up. */
  constructor(
    response: ServerResponse,
    { errorEvent, stallMs }: { errorEvent: ErrorEvent; stallMs: number },
  ) {
    this.#response = response;
    this.#errorEvent = errorEvent;
    this.#stallMs = stallMs;
  }

  get hasBegun(): boolean {
    return this.status !== null;
  }

  /** Whether an answer with this head still fits: not beneath comments of an event stream, if it is no such stream. */
  fits({ status, headers }: ResponseHead): boolean {
    return !this.#isOpened || (status === 200 && isEventStream(headers['content-type']));
  }

  /** For a client that waits for a stream: something that keeps it from giving up and that every reader of event streams skips. */
  comment(text: string): void {
    if (this.hasBegun || this.#response.destroyed) return;
    if (!this.#isOpened) {
      this.#isOpened = true;
      this.#isSse = true;
      this.setHeaders({
        'content-type': 'text/event-stream',
        'cache-control': 'no-cache',
        'x-accel-buffering': 'no',
      });
      this.#response.writeHead(200);
    }
    this.#response.write(`: ${text}\n\n`);
  }

  /** Headers of the gateway's own; they win over those of the upstream. */
  setHeaders(headers: Readonly<Record<string, string>>): void {
    if (!this.#response.headersSent)
      for (const [name, value] of Object.entries(headers)) this.#response.setHeader(name, value);
  }

  begin({ status, headers }: ResponseHead): void {
    this.status = status;
    if (this.#isOpened) return;
    this.#isSse = isEventStream(headers['content-type']);
    for (const [name, value] of Object.entries(headersToClient(headers))) {
      // An error event may have to follow: behind a length that is not reached the client would wait for ever.
      const isLengthOfStream = this.#isSse && name === 'content-length';
      if (!isLengthOfStream && !this.#response.hasHeader(name)) this.#response.setHeader(name, value);
    }
    if (this.#isSse && !this.#response.hasHeader('x-accel-buffering'))
      this.#response.setHeader('x-accel-buffering', 'no');
    this.#response.writeHead(status);
    if (this.#isSse) this.#response.flushHeaders();
  }

  /** False: the client is behind; `onDrain` reports when it has caught up. */
  write(bytes: Buffer): boolean {
    if (!this.#isSse) {
      this.meter.bytes(bytes);
      return this.#send(bytes);
    }
    const lines = this.#wholeLines(bytes);
    if (lines.length === 0) return true;
    this.meter.lines(lines);
    this.#lastWritten = lines;
    return this.#send(lines);
  }

  onDrain(drained: () => void): void {
    this.#response.on('drain', () => {
      this.#caughtUp();
      drained();
    });
  }

  end(): void {
    this.#caughtUp();
    if (this.#held.length > 0) this.#response.write(this.#held);
    this.#response.end();
  }

  /** Before the head: the envelope. In an event stream: an error event and no `[DONE]`. In any other body: a cut is the only sign there is. */
  fail(error: GatewayError): void {
    this.#caughtUp();
    if (this.#response.destroyed || this.#response.writableEnded) return;
    if (!this.hasBegun && !this.#isOpened) {
      this.status = error.status;
      this.setHeaders({ ...error.headers, 'content-type': 'application/json; charset=utf-8' });
      this.#response.writeHead(error.status);
      this.#response.end(errorBody(error));
    } else if (this.#isSse) {
      const event = this.#errorEvent(error, this.meter.events);
      this.#response.end((isCutOff(this.#lastWritten, event) ? '\n\n' : '') + event);
    } else {
      this.#response.destroy();
    }
  }

  #send(bytes: Buffer): boolean {
    if (this.#response.write(bytes)) return true;
    this.#stall ??= setTimeout(() => this.#response.destroy(), this.#stallMs);
    return false;
  }

  #caughtUp(): void {
    clearTimeout(this.#stall);
    this.#stall = undefined;
  }

  #wholeLines(bytes: Buffer): Buffer {
    const held = this.#held;
    const all = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    // Nearly always a chunk ends with its event.
    const end = all[all.length - 1] === NEWLINE ? all.length : all.lastIndexOf(NEWLINE) + 1;
    if (all.length - end > LONGEST_HELD_BYTES) {
      this.#held = EMPTY;
      return all;
    }
    this.#held = end === all.length ? EMPTY : all.subarray(end);
    return end === all.length ? all : all.subarray(0, end);
  }
}

const BETWEEN_EVENTS = Buffer.from('\n\n');
/** A name whose data has not come: the next name is in its stead. */
const NAME_ALONE = /(?:^|\n)event:[^\n]*\n$/;

/** Whether `event` would become a part of the one before. */
function isCutOff(written: Buffer, event: string): boolean {
  if (written.length === 0 || written.subarray(-2).equals(BETWEEN_EVENTS)) return false;
  return !event.startsWith('event:') || !NAME_ALONE.test(written.toString('latin1'));
}

function isEventStream(type: string | string[] | undefined): boolean {
  return typeof type === 'string' && type.toLowerCase().startsWith('text/event-stream');
}
