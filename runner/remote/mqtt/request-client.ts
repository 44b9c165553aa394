/** Asks workers over the broker: owns the requests that are under way, and gives each the frames that are its own. */
import { randomBytes } from 'node:crypto';
import type { MqttCounters } from '#contract/mqtt';
import { MAX_REQUEST_BYTES, readFrame } from './envelope.ts';
import type { Piece } from './envelope.ts';
import type { Incoming, MqttLink } from './mqtt-link.ts';
import { PENDING_TIMING, PendingRequest } from './pending-request.ts';
import type { PendingTiming } from './pending-request.ts';
import { isShallow } from './read-json.ts';
import { RequestFault } from './request-fault.ts';
import type { Topics } from './topics.ts';
import type { WorkerList } from './worker-list.ts';

export interface RequestClientParts {
  link: MqttLink;
  topics: Topics;
  workers: WorkerList;
  /** One level of a topic. */
  clientId: string;
  counters: MqttCounters;
  /** A message that is none of ours. */
  onGarbage: () => void;
  timing?: Partial<PendingTiming>;
}

export interface Ask {
  model: string;
  /** Of `/v1/chat/completions`. */
  body: Record<string, unknown>;
  /** The longest wait for the next piece. */
  timeoutMs: number;
  signal: AbortSignal;
}

const TICK_MS = 250;
const MOST_AT_ONCE = 1_000;
/** A connection that has just broken is worth waiting for. */
const CONNECT_MS = 5_000;

export class RequestClient {
  readonly #parts: RequestClientParts;
  readonly #timing: PendingTiming;
  readonly #pending = new Map<string, PendingRequest>();
  #undo: (() => void)[] = [];
  #tick: NodeJS.Timeout | undefined;
  #isUp = false;
  #since = performance.now();

  constructor(parts: RequestClientParts) {
    this.#parts = parts;
    this.#timing = { ...PENDING_TIMING, ...parts.timing };
  }

  start(): void {
    const { link, topics, workers, clientId } = this.#parts;
    this.#undo = [
      link.subscribe(topics.responses(clientId), (message) => this.#take(message)),
      workers.gone.subscribe((worker) => this.#workerGone(worker)),
      link.changed.subscribe(() => this.#linkChanged()),
    ];
    this.#linkChanged();
    this.#tick = setInterval(() => this.#tickAll(), TICK_MS).unref();
  }

  stop(): void {
    clearInterval(this.#tick);
    for (const undo of this.#undo) undo();
    for (const pending of this.#pending.values())
      pending.fail(new RequestFault('broker_down', 'The MQTT mode was switched off.'), true);
  }

  /**
   * The pieces of one answer. Throws a RequestFault when it fails, the signal's reason when that was aborted. Leaving the loop cancels it.
   */
  async *ask({ model, body, timeoutMs, signal }: Ask): AsyncGenerator<readonly Piece[]> {
    const { link, topics, clientId, counters } = this.#parts;
    signal.throwIfAborted();
    if (this.#pending.size >= MOST_AT_ONCE)
      throw new RequestFault('queue_full', 'Too many requests wait for answers from the broker.');
    await this.#connected(signal);
    const id = randomBytes(12).toString('hex');
    const replyTo = topics.response(clientId, id);
    const order = { id, client: clientId, model, body, replyTo, timeoutMs };
    const payload = Buffer.from(JSON.stringify(order));
    if (!isShallow(payload))
      throw new RequestFault('bad_request', 'The request is nested deeper than workers read.');
    if (payload.length > MAX_REQUEST_BYTES - 1024) {
      throw new RequestFault(
        'too_large',
        `The request is longer than ${MAX_REQUEST_BYTES / 1024 ** 2} MB. Shorten it.`,
      );
    }
    const publish = (attempt: number): void => {
      const properties = {
        responseTopic: replyTo,
        correlationData: Buffer.from(id),
        messageExpiryInterval: Math.ceil(timeoutMs / 1000),
      };
      link.publish(topics.request(model), { ...order, attempt }, { properties }).then(
        ({ isHeard }) => isHeard || pending.unheard(performance.now()),
        (error: unknown) => pending.fail(asFault(error)),
      );
    };
    const pending: PendingRequest = new PendingRequest(
      {
        id,
        timeoutMs,
        timing: this.#timing,
        ask: publish,
        cancel: (worker, attempt) => this.#cancel(id, worker, attempt),
        resend: (worker, attempt, from) =>
          void link
            .publish(topics.resend(id), {
              worker,
              attempt,
              from,
            })
            .catch(() => undefined),
        count: (what) => (counters[what] += 1),
      },
      performance.now(),
    );
    const abort = (): void => pending.fail(new RequestFault('cancelled', 'The request was cancelled.'), true);
    signal.addEventListener('abort', abort, { once: true });
    this.#pending.set(id, pending);
    counters.asked += 1;
    try {
      publish(1);
      yield* pending.pieces();
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      signal.removeEventListener('abort', abort);
      abort();
      this.#pending.delete(id);
    }
  }

  async #connected(signal: AbortSignal): Promise<void> {
    const { link } = this.#parts;
    if (link.state === 'connected') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const undo = link.changed.subscribe(() => link.state === 'connected' && resolve());
    const timer = setTimeout(resolve, CONNECT_MS);
    signal.addEventListener('abort', () => resolve(), { once: true });
    await promise;
    clearTimeout(timer);
    undo();
    signal.throwIfAborted();
    if (this.#parts.link.state === 'connected') return;
    throw new RequestFault(
      'broker_down',
      `The broker is not connected. ${link.problem?.message ?? ''}`.trim(),
    );
  }

  #take({ topic, payload }: Incoming): void {
    const frame = readFrame(payload);
    const { counters, onGarbage } = this.#parts;
    if (frame === null || frame.id !== topic.split('/').at(-1)) onGarbage();
    else if (this.#pending.has(frame.id)) this.#pending.get(frame.id)?.take(frame, performance.now());
    else counters.strays += 1;
  }

  #workerGone(worker: string): void {
    for (const pending of this.#pending.values()) pending.workerGone(worker, performance.now());
  }

  #cancel(id: string, worker: string | null, attempt: number | null): void {
    const { link, topics } = this.#parts;
    const message = { ...(worker === null ? {} : { worker }), ...(attempt === null ? {} : { attempt }) };
    link.publish(topics.cancel(id), message).catch(() => undefined);
  }

  #linkChanged(): void {
    const isUp = this.#parts.link.state === 'connected';
    if (isUp === this.#isUp) return;
    this.#isUp = isUp;
    this.#since = performance.now();
  }

  #tickAll(): void {
    const now = performance.now();
    for (const pending of this.#pending.values()) pending.tick(now, { isUp: this.#isUp, since: this.#since });
  }
}

function asFault(error: unknown): RequestFault {
  if (error instanceof RequestFault) return error;
  return new RequestFault(
    'broker_down',
    `The broker refused the request: ${error instanceof Error ? error.message : String(error)}.`,
  );
}
