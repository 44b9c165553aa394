/** One request to one upstream: relays the answer as it comes, with back-pressure, or says how it failed. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Dispatcher } from 'undici';
import type { AnswerHead, ClientAnswer } from '../../gateway/openai/client-answer.ts';
import { isSuspect, judgeAnswer, judgeBreak, notAStream } from './judge-answer.ts';
import type { Failure } from './judge-answer.ts';
import { headersToClient } from '../../gateway/openai/pass-headers.ts';

export interface UpstreamCall {
  dispatcher: Dispatcher;
  baseUrl: string;
  path: string;
  headers: Record<string, string | string[]>;
  body: Buffer;
  endpointId: string;
  model: string;
  /** Until the headers, and the longest silence after them. */
  timeoutMs: number;
  /** How long a client may take nothing before it is given up. */
  stallMs: number;
  answer: ClientAnswer;
  /** Called at the first byte of an answer that passes. */
  began: () => void;
  signal: AbortSignal;
}

/** "aborted": the signal's reason says why. */
export type CallOutcome = { kind: 'answered' } | { kind: 'aborted' } | Failure;

const KEPT_FAILURE_BYTES = 64 * 1024;

export async function callUpstream(call: UpstreamCall): Promise<CallOutcome> {
  if (call.signal.aborted) return { kind: 'aborted' };
  const { origin, pathname } = new URL(call.baseUrl);
  const path = (pathname === '/' ? '' : pathname) + call.path;
  const { dispatcher, headers, body, timeoutMs } = call;
  return new Promise((resolve) => {
    const relay = new Relay(call, resolve);
    dispatcher.dispatch(
      { origin, path, method: 'POST', headers, body, headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
      relay,
    );
  });
}

class Relay implements Dispatcher.DispatchHandler {
  readonly #call: UpstreamCall;
  readonly #settle: (outcome: CallOutcome) => void;
  readonly #abort = (): void => this.#aborted();
  #isSettled = false;
  #controller: Dispatcher.DispatchController | null = null;
  #head: AnswerHead | null = null;
  #isPassing = false;
  #hasData = false;
  #kept: Buffer[] = [];
  #keptBytes = 0;
  #stall: NodeJS.Timeout | undefined;

  constructor(call: UpstreamCall, settle: (outcome: CallOutcome) => void) {
    this.#call = call;
    this.#settle = settle;
    call.signal.addEventListener('abort', this.#abort, { once: true });
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    // It waited for a connection while the client left.
    if (this.#isSettled) controller.abort(new Error('the client left'));
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: IncomingHttpHeaders,
  ): void {
    if (status < 200) return;
    const isStream = /event-stream/i.test(String(headers['content-type']));
    const head = { status, headers: headersToClient(headers) };
    // An error event may have to follow: behind a length that is not reached the client would wait for ever.
    if (isStream) delete head.headers['content-length'];
    this.#head = head;
    if (isSuspect(head) || !this.#call.answer.fits(head)) return;
    this.#isPassing = true;
    this.#call.answer.onDrain(() => this.#drained());
    // Of a stream the head is news: the model is at work. Of any other answer it can wait for the first byte, which may never come.
    if (isStream) this.#call.answer.begin(head);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#isSettled) return;
    if (!this.#isPassing) return this.#keep(chunk);
    if (!this.#hasData) {
      this.#hasData = true;
      this.#call.began();
    }
    this.#begin();
    if (this.#call.answer.write(chunk)) return;
    controller.pause();
    this.#stall = setTimeout(() => this.#call.answer.cut(), this.#call.stallMs);
  }

  onResponseEnd(): void {
    if (this.#isSettled) return;
    if (!this.#isPassing) return this.#end(this.#failedAnswer(true));
    this.#begin();
    this.#call.answer.end();
    this.#end({ kind: 'answered' });
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    const { timeoutMs, answer } = this.#call;
    if (this.#head !== null && !this.#isPassing) this.#end(this.#failedAnswer(false));
    else this.#end(judgeBreak(error, { timeoutMs, hasBegun: answer.hasBegun }));
  }

  #begin(): void {
    const { answer } = this.#call;
    if (!answer.hasBegun && this.#head !== null) answer.begin(this.#head);
  }

  #keep(chunk: Buffer): void {
    this.#kept.push(chunk);
    this.#keptBytes += chunk.length;
    if (this.#keptBytes < KEPT_FAILURE_BYTES) return;
    this.#end(this.#failedAnswer(false));
    this.#controller?.abort(new Error('enough of a failure'));
  }

  #failedAnswer(isWhole: boolean): Failure {
    const { endpointId, model, answer } = this.#call;
    if (this.#head !== null && this.#head.status < 300 && !answer.fits(this.#head))
      return notAStream(endpointId);
    return judgeAnswer({
      endpointId,
      model,
      isWhole,
      head: this.#head ?? { status: 502, headers: {} },
      body: Buffer.concat(this.#kept),
    });
  }

  #drained(): void {
    clearTimeout(this.#stall);
    if (!this.#isSettled) this.#controller?.resume();
  }

  #aborted(): void {
    this.#end({ kind: 'aborted' });
    // Closing the connection is what stops the generation.
    this.#controller?.abort(new Error('the client left'));
  }

  #end(outcome: CallOutcome): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    clearTimeout(this.#stall);
    this.#call.signal.removeEventListener('abort', this.#abort);
    this.#settle(outcome);
  }
}
