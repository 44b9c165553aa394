/** One request to one upstream: a response that has begun, whose bytes are handed over with back-pressure, or how it failed. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { ResponseHead } from '../upstream-failure.ts';
import { isSuspect, judgeBreak, judgeResponse, notAStream } from './judge-response.ts';
import type { FailedCall } from './judge-response.ts';

/** What a transport must offer: undici's `dispatch`, with its handler. HTTP is undici itself. */
export type Transport = Pick<Dispatcher, 'dispatch'>;

export interface UpstreamCall {
  transport: Transport;
  baseUrl: string;
  /** With its query. */
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer;
  endpointId: string;
  /** The name that was asked for. */
  model: string;
  apiKey: string | null;
  /** Until the head, and the longest silence after it. */
  timeoutMs: number;
  /** Whether the caller can still take a response with this head. */
  fits: (head: ResponseHead) => boolean;
  /** Called at the first byte of a response that passes. */
  began: () => void;
  signal: AbortSignal;
}

/** Takes the bytes of a response. */
export interface BodySink {
  /** False: it is behind; it calls what `onDrain` got when it has caught up. */
  write: (chunk: Buffer) => boolean;
  onDrain: (drained: () => void) => void;
}

/** How a response that had begun ended. "aborted": the signal's reason says why. */
export type CallEnd = { kind: 'answered' } | { kind: 'aborted' } | FailedCall;

/** A response that has begun: the head of a stream, or the first byte of any other. */
export interface BegunResponse {
  kind: 'begun';
  head: ResponseHead;
  /** Hands over the bytes from now on. To be called once. */
  pipe: (sink: BodySink) => void;
  ended: Promise<CallEnd>;
  /** The rest is not wanted. `isComplete`: the answer was, so the connection may serve another request; else it is closed. */
  leave: (isComplete: boolean) => void;
}

/** How a call began, or why it did not. */
export type CallBeginning = BegunResponse | { kind: 'aborted' } | FailedCall;

const MAX_FAILURE_BYTES = 64 * 1024;
/** What may follow a complete answer before the connection is closed all the same. */
const MAX_TRAILING_BYTES = 16 * 1024;

export async function callUpstream(call: UpstreamCall): Promise<CallBeginning> {
  if (call.signal.aborted) return { kind: 'aborted' };
  const { origin, pathname } = new URL(call.baseUrl);
  const path = (pathname === '/' ? '' : pathname) + call.path;
  const { transport, headers, body, timeoutMs } = call;
  return new Promise((resolve) => {
    const relay = new Relay(call, resolve);
    const timeouts = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs };
    transport.dispatch({ origin, path, method: 'POST', headers, body, ...timeouts }, relay);
  });
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #call: UpstreamCall;
  readonly #begun: (outcome: CallBeginning) => void;
  readonly #abort = (): void => this.#aborted();
  #controller: Dispatcher.DispatchController | null = null;
  #head: ResponseHead | null = null;
  /** Its bytes are for the caller; else they are kept, and judged at the end. */
  #isPassing = false;
  #hasBegun = false;
  #sink: BodySink | null = null;
  /** What came before the caller took the bytes, or all of a failure. */
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #hasData = false;
  /** Bytes after a complete answer; null: it is still wanted. */
  #trailing: number | null = null;
  #end: CallEnd | null = null;
  readonly #ended = Promise.withResolvers<CallEnd>();

  constructor(call: UpstreamCall, begun: (outcome: CallBeginning) => void) {
    this.#call = call;
    this.#begun = begun;
    call.signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection while the client left.
    if (this.#end !== null) controller.abort(new Error('the client left'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    const head = { status, headers };
    this.#head = head;
    if (isSuspect(head) || !this.#call.fits(head)) return;
    this.#isPassing = true;
    // The head of a stream tells that the model is at work. Any other head can wait for the first byte, which may never come.
    if (/event-stream/i.test(String(headers['content-type']))) this.#begin();
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#end !== null) return this.#skip(controller, chunk);
    if (!this.#isPassing) return this.#keep(chunk);
    if (!this.#hasData) {
      this.#hasData = true;
      this.#call.began();
    }
    this.#begin();
    if (this.#sink === null) this.#kept.push(chunk);
    else if (!this.#sink.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    if (this.#end !== null) return;
    if (!this.#isPassing) return this.#settle(this.#failedResponse(true));
    this.#begin();
    this.#settle({ kind: 'answered' });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { endpointId, model, timeoutMs } = this.#call;
    if (this.#head !== null && !this.#isPassing) this.#settle(this.#failedResponse(false));
    else this.#settle(judgeBreak(error, { endpointId, model, timeoutMs, hasBegun: this.#hasBegun }));
  }

  #begin(): void {
    if (this.#hasBegun || this.#head === null) return;
    this.#hasBegun = true;
    this.#begun({
      kind: 'begun',
      head: this.#head,
      pipe: (sink) => this.#pipe(sink),
      ended: this.#ended.promise,
      leave: (isComplete) => this.#leave(isComplete),
    });
  }

  #pipe(sink: BodySink): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#sink = sink;
    let isBehind = false;
    for (const chunk of kept) isBehind = !sink.write(chunk);
    if (this.#end !== null) return;
    sink.onDrain(() => {
      if (this.#end === null) this.#controller?.resume();
    });
    if (isBehind) this.#controller?.pause();
  }

  #leave(isComplete: boolean): void {
    if (this.#end !== null) return;
    if (!isComplete) return this.#aborted();
    this.#trailing = 0;
    this.#settle({ kind: 'answered' });
    this.#controller?.resume();
  }

  /** Behind a complete answer little is to come: reading it saves a connection. */
  #skip(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#trailing === null) return;
    this.#trailing += chunk.length;
    if (this.#trailing > MAX_TRAILING_BYTES) controller.abort(new Error('the answer was complete'));
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes < MAX_FAILURE_BYTES) return;
    this.#settle(this.#failedResponse(false));
    this.#controller?.abort(new Error('enough of a failure'));
  }

  #failedResponse(isWhole: boolean): FailedCall {
    const { endpointId, model, apiKey, fits } = this.#call;
    const head = this.#head ?? { status: 502, headers: {} };
    if (head.status < 300 && !fits(head)) return notAStream(endpointId);
    return judgeResponse({ endpointId, model, apiKey, isWhole, head, body: Buffer.concat(this.#kept) });
  }

  #aborted(): void {
    this.#settle({ kind: 'aborted' });
    // Closing the connection is what stops the generation.
    this.#controller?.abort(new Error('the client left'));
  }

  #settle(end: CallEnd): void {
    if (this.#end !== null) return;
    this.#end = end;
    this.#call.signal.removeEventListener('abort', this.#abort);
    if (this.#hasBegun) this.#ended.resolve(end);
    else if (end.kind !== 'answered') this.#begun(end);
  }
}
