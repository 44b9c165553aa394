/** One request of a client, from its arrival to its account: who asks, what is known of it by now, and how it can be ended from outside. */
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GatewayLiveRequest, GatewayRequest, GatewayRouteGroup } from '#contract/gateway';
import { ClientAnswer } from './openai/client-answer.ts';
import { errorEventOf } from './openai/error-event.ts';
import { refusedKeyOf } from './keys/limits-admission-error.ts';
import { clientLeft } from './openai/openai-error.ts';
import type { GatewayError } from './openai/openai-error.ts';
import type { ResponseHead } from '../serving/upstream-failure.ts';
import type { Admitted, Caller } from './ports.ts';

export interface GatewayCall {
  req: IncomingMessage;
  res: ServerResponse;
  group: GatewayRouteGroup;
  /** As the client knows it, for the account. */
  route: string;
  /** As the upstream knows it. */
  path: string;
  caller: Caller;
}

const SANE_REQUEST_ID = /^[\w.:-]{1,128}$/;
/** With or without dashes, or as a gateway's own id: `req_` and the digits. */
const UUID_V4 = /^(?:req_)?([\da-f]{8})-?([\da-f]{4})-?(4[\da-f]{3})-?([89ab][\da-f]{3})-?([\da-f]{12})$/;

export class Exchange {
  readonly id: string;
  readonly call: GatewayCall;
  readonly answer: ClientAnswer;
  /** `x-request-id` of the response: the client's own id where it is sane. */
  readonly requestId: string;
  /**
   * `x-request-id` of the request to the upstream, always a UUID v4: servers that check it, such as `llama_cpp.server`, answer 400 to anything
   * else. It has the digits of the client's id if that is a UUID v4, otherwise those of `id`, so that logs and accounts can be matched.
   */
  readonly upstreamRequestId: string;
  model: string | null = null;
  endpointId: string | null = null;
  isStream = false;
  state: GatewayLiveRequest['state'] = 'queued';
  admitted: Admitted | null = null;
  /** What was asked, until the account of it. */
  body: Record<string, unknown> | null = null;
  /** While it waits: 1 is next. */
  place: number | null = null;
  readonly #at = new Date();
  readonly #startedAt = performance.now();
  readonly #ending = new AbortController();
  readonly #commentEveryMs: number;
  #comments: NodeJS.Timeout | undefined;
  #error: GatewayError | null = null;

  constructor(call: GatewayCall, { stallMs, commentEveryMs }: { stallMs: number; commentEveryMs: number }) {
    this.call = call;
    this.#commentEveryMs = commentEveryMs;
    this.answer = new ClientAnswer(call.res, { errorEvent: errorEventOf(call.route), stallMs });
    const given = call.req.headers['x-request-id'];
    const uuid = randomUUID();
    this.id = `req_${uuid.replaceAll('-', '')}`;
    this.requestId = typeof given === 'string' && SANE_REQUEST_ID.test(given) ? given : this.id;
    this.upstreamRequestId = asUuid(this.requestId) ?? uuid;
    this.answer.setHeaders({ 'x-request-id': this.requestId });
    if (call.res.closed || call.res.destroyed) this.#clientLeft();
    call.res.once('close', () => call.res.writableFinished || this.#clientLeft());
  }

  /** Aborted with a GatewayError when the client left, the request was cancelled, or the gateway stops. */
  get signal(): AbortSignal {
    return this.#ending.signal;
  }

  abort(reason: GatewayError): void {
    this.#ending.abort(reason);
  }

  /** Tells the client, as far as it still can be told. */
  fail(error: GatewayError): void {
    this.#error ??= error;
    this.answer.fail(error);
  }

  /** Passes an upstream's own refusal on, whole. */
  refuse(error: GatewayError, { head, body }: { head: ResponseHead; body: Buffer }): void {
    if (!this.answer.fits(head)) return this.fail(error);
    this.#error = error;
    this.answer.begin(head);
    this.answer.write(body);
    this.answer.end();
  }

  /** Its place in the queue; null: it does not wait any more. The client of a stream hears of it now and then. */
  moveTo(place: number | null): void {
    this.place = place;
    if (place === null) {
      clearInterval(this.#comments);
      this.#comments = undefined;
      return;
    }
    this.state = 'queued';
    if (!this.isStream) return;
    this.#comments ??= setInterval(
      () => this.answer.comment(`waiting for the model, place ${this.place ?? 1}`),
      this.#commentEveryMs,
    );
  }

  live(): GatewayLiveRequest {
    const { id, model, endpointId, isStream, place } = this;
    const state = this.answer.hasBegun ? 'answering' : this.state;
    return {
      ...this.#who(),
      id,
      model,
      endpointId,
      isStream,
      state,
      tokens: this.answer.meter.events,
      place,
    };
  }

  record(): GatewayRequest {
    const { id, model, endpointId, isStream } = this;
    const { promptTokens, completionTokens, tokensPerSecond, firstAt } = this.answer.meter.figures();
    const now = performance.now();
    const answeringMs = firstAt === null ? 0 : now - firstAt;
    const counted =
      completionTokens === null || !isStream || answeringMs < 1
        ? null
        : (completionTokens * 1000) / answeringMs;
    return {
      ...this.#who(),
      id,
      model,
      endpointId,
      isStream,
      promptTokens,
      completionTokens,
      status: this.#error?.status ?? this.answer.status ?? 0,
      errorCode: this.#error?.code ?? null,
      firstTokenMs: firstAt === null ? null : firstAt - this.#startedAt,
      durationMs: now - this.#startedAt,
      tokensPerSecond: tokensPerSecond ?? counted,
    };
  }

  /** Resolves when the connection has taken the end of the answer; a client that does not take it in time is cut off. */
  async closed(limitMs: number): Promise<void> {
    const { res } = this.call;
    if (res.writableFinished || res.destroyed) return;
    const giveUp = setTimeout(() => res.destroy(), limitMs);
    await new Promise<void>((resolve) => {
      res.once('finish', resolve);
      res.once('close', resolve);
    });
    clearTimeout(giveUp);
  }

  #who(): Pick<GatewayRequest, 'at' | 'keyId' | 'keyName' | 'route'> {
    const { keyId = null, keyName = null } = this.admitted ?? refusedKeyOf(this.#error) ?? {};
    return { at: this.#at.toISOString(), keyId, keyName, route: this.call.route };
  }

  #clientLeft(): void {
    this.abort(clientLeft());
  }
}

function asUuid(id: string): string | null {
  return UUID_V4.exec(id.toLowerCase())?.slice(1).join('-') ?? null;
}
