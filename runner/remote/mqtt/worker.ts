/** Serves local endpoints to whoever asks over the broker: takes requests as there are slots, hands on what others can do sooner, says what it has room for. */
import type { MqttCounters } from '#contract/mqtt';
import type { Logger } from '../../base/logger.ts';
import { AnswerSender } from './answer-sender.ts';
import { EndedAnswers } from './ended-answers.ts';
import { MAX_HOPS, readCancel, readRequest, readResend } from './envelope.ts';
import type { Request } from './envelope.ts';
import type { Incoming, MqttLink } from './mqtt-link.ts';
import type { Offer, ServersPort } from './ports.ts';
import { wireFault } from './request-fault.ts';
import { modelsOf } from './presence-models.ts';
import { SeenRequests } from './seen-requests.ts';
import type { Topics } from './topics.ts';
import { WorkerPresence } from './worker-presence.ts';
import type { WorkerList } from './worker-list.ts';

export interface WorkerParts {
  link: MqttLink;
  topics: Topics;
  /** One level of a topic; new with every start, so that nobody takes it for one that is gone. */
  workerId: string;
  name: string;
  version: string;
  servers: ServersPort;
  workers: WorkerList;
  queueLimit: number;
  counters: MqttCounters;
  /** A message that is none of ours. */
  onGarbage: () => void;
  logger: Pick<Logger, 'warn'>;
}

interface Job {
  request: Request;
  sender: AnswerSender;
  endpointId: string | null;
  queuedAt: number;
  stopping: AbortController;
}

const ALIVE_MS = 5_000;
/** When the broker has been away for so long, nobody waits for our frames. */
const AWAY_MS = 30_000;

export class Worker {
  readonly #parts: WorkerParts;
  readonly #presence: WorkerPresence;
  readonly #seen = new SeenRequests();
  readonly #running = new Map<string, Job>();
  readonly #ended = new EndedAnswers();
  #queue: Job[] = [];
  #subscribed = new Map<string, () => void>();
  #undo: (() => void)[] = [];
  #alive: NodeJS.Timeout | undefined;
  #awaySince: number | null = null;
  #isStopping = false;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#presence = new WorkerPresence({
      ...parts,
      models: () =>
        modelsOf(parts.servers.offers(), {
          busy: (endpointId) => this.#busy(endpointId),
          queued: (model) => this.#queue.filter(({ request }) => request.model === model).length,
        }),
    });
  }

  get queued(): number {
    return this.#queue.length;
  }

  start(): void {
    const { link, topics, workerId, servers, workers } = this.#parts;
    this.#undo = [
      link.subscribe(topics.handed(workerId), (message) => this.#take(message)),
      link.subscribe(topics.cancels, (message) => this.#cancelled(message)),
      link.subscribe(topics.resends, (message) => this.#resend(message)),
      link.changed.subscribe(() => this.#linkChanged()),
      servers.onChange(() => this.#offersChanged()),
      workers.changed.subscribe(() => this.#handOn()),
    ];
    this.#presence.start();
    this.#alive = setInterval(() => this.#sayAlive(), ALIVE_MS).unref();
    this.#offersChanged();
  }

  /** Takes no more; answers that are being written end with an error. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    clearInterval(this.#alive);
    for (const undo of [...this.#undo, ...this.#subscribed.values()]) undo();
    const gone = { code: 'worker_gone', message: 'The worker that was answering was stopped.' };
    const open = [...this.#running.values()];
    for (const { stopping } of open) stopping.abort();
    const told = Promise.allSettled([...open, ...this.#queue].map(({ sender }) => sender.fail(gone)));
    if (this.#parts.link.state === 'connected') await told;
    await this.#presence.stop();
  }

  #take({ topic, payload, isRetained, responseTopic }: Incoming): void {
    const { topics, counters, workerId, link } = this.#parts;
    const request = readRequest(payload);
    const replyTo =
      request?.replyTo ??
      responseTopic ??
      (request?.client === undefined ? '' : topics.response(request.client, request.id));
    const isOurs =
      request !== null && (topic === topics.handed(workerId) || topic === topics.request(request.model));
    // Nobody makes us write anywhere else, and a request that the broker kept would be answered at every start.
    if (!isOurs || isRetained || !topics.isResponse(replyTo)) return this.#parts.onGarbage();
    const { id, attempt, hops } = request;
    const now = performance.now();
    if (this.#isStopping || this.#seen.isCancelled(id)) return;
    if (!this.#seen.isNew(id, { attempt, hops }, now)) {
      counters.duplicates += 1;
      return;
    }
    // The client has given up what we do for its earlier attempt.
    this.#running.get(id)?.stopping.abort();
    const sender = new AnswerSender(link, replyTo, { id, worker: workerId, attempt, hops });
    this.#place({
      request: { ...request, replyTo },
      sender,
      endpointId: null,
      queuedAt: now,
      stopping: new AbortController(),
    });
  }

  /** Here and now, with another worker that has room, or in line. */
  #place(job: Job): void {
    const { counters, queueLimit } = this.#parts;
    const offers = this.#offersFor(job.request.model);
    const free = offers.find((offer) => this.#busy(offer.endpointId) < offer.slots);
    if (free !== undefined) return this.#begin(job, free);
    if (this.#give(job, offers.length === 0)) return;
    if (offers.length > 0 && this.#queue.length < queueLimit) {
      this.#queue.push(job);
      job.sender.taken('queued');
      return this.#presence.changed();
    }
    counters.refused += 1;
    const why =
      offers.length === 0
        ? 'This worker does not serve the model any more.'
        : 'All slots are busy and the queue of the worker is full.';
    void job.sender.fail({
      code: offers.length === 0 ? 'no_worker' : 'queue_full',
      message: `${why} Try again later.`,
    });
  }

  #begin(job: Job, { endpointId }: Offer): void {
    job.endpointId = endpointId;
    this.#running.set(job.request.id, job);
    this.#parts.counters.taken += 1;
    job.sender.taken('started');
    this.#presence.changed();
    void this.#answer(job, endpointId);
  }

  async #answer(job: Job, endpointId: string): Promise<void> {
    const { servers, counters, logger } = this.#parts;
    const { id, model, body, timeoutMs } = job.request;
    const { signal } = job.stopping;
    try {
      for await (const deltas of servers.ask({ endpointId, model, body, timeoutMs, signal })) {
        await job.sender.add(deltas);
        signal.throwIfAborted();
      }
      await job.sender.done();
      counters.answered += 1;
    } catch (error) {
      if (signal.aborted) counters.cancelled += 1;
      else {
        counters.failed += 1;
        logger.warn({ problem: String(error), model }, 'a request from the broker failed');
        await job.sender.fail(wireFault(error));
      }
    } finally {
      if (this.#running.get(id) === job) this.#running.delete(id);
      this.#ended.add(id, { attempt: job.request.attempt, sender: job.sender, at: performance.now() });
      this.#next();
      this.#presence.changed();
    }
  }

  /** Those that wait, in their order, as far as there are slots. */
  #next(): void {
    const waiting = this.#queue;
    this.#queue = [];
    for (const job of waiting) {
      const offers = this.#offersFor(job.request.model);
      const free = offers.find((offer) => this.#busy(offer.endpointId) < offer.slots);
      if (free !== undefined) this.#begin(job, free);
      else if (offers.length === 0) this.#place(job);
      else this.#queue.push(job);
    }
  }

  /** Another worker has room: what waits here goes there. */
  #handOn(): void {
    if (this.#queue.length === 0) return;
    this.#next();
    this.#queue = this.#queue.filter((job) => !this.#give(job, false));
  }

  /** To a worker with a free slot; where this one cannot do it at all, to any that serves the model. True: another worker has it now. */
  #give({ request }: Job, isBusyFine: boolean): boolean {
    const { workers, workerId, link, topics, counters } = this.#parts;
    if (request.hops >= MAX_HOPS) return false;
    const other = workers.takeSlot(request.model, { not: workerId, isBusyFine });
    if (other === null) return false;
    counters.handedOn += 1;
    link.publish(topics.handed(other), { ...request, hops: request.hops + 1 }).catch(() => undefined);
    return true;
  }

  #cancelled({ topic, payload }: Incoming): void {
    const { workerId, onGarbage } = this.#parts;
    const cancel = readCancel(payload);
    const id = topic.split('/').at(-1) ?? '';
    if (cancel === null) return onGarbage();
    if (cancel.worker !== undefined && cancel.worker !== workerId) return;
    if (cancel.attempt === undefined) this.#seen.cancel(id, performance.now());
    const isMeant = ({ request }: Job): boolean =>
      request.id === id && (cancel.attempt ?? request.attempt) === request.attempt;
    const running = this.#running.get(id);
    if (running !== undefined && isMeant(running)) running.stopping.abort();
    const before = this.#queue.length;
    this.#queue = this.#queue.filter((job) => !isMeant(job));
    if (this.#queue.length < before) this.#presence.changed();
  }

  #resend({ topic, payload }: Incoming): void {
    const { workerId, onGarbage } = this.#parts;
    const wish = readResend(payload);
    const id = topic.split('/').at(-1) ?? '';
    if (wish === null) return onGarbage();
    if (wish.worker !== workerId) return;
    const job = this.#running.get(id) ?? this.#queue.find(({ request }) => request.id === id);
    const sent =
      job === undefined ? this.#ended.get(id) : { attempt: job.request.attempt, sender: job.sender };
    if (sent?.attempt !== wish.attempt || sent.sender.resend(wish.from)) return;
    void sent.sender.fail({
      code: 'frames_lost',
      message: 'A part of the answer was lost on its way through the broker. Ask again.',
    });
  }

  #offersFor(model: string): Offer[] {
    return this.#parts.servers.offers().filter((offer) => offer.model === model);
  }

  #busy(endpointId: string): number {
    return [...this.#running.values()].filter((job) => job.endpointId === endpointId).length;
  }

  #offersChanged(): void {
    const { link, topics, servers } = this.#parts;
    const wanted = new Set(servers.offers().map(({ model }) => topics.shared(model)));
    for (const [filter, leave] of this.#subscribed) {
      if (wanted.has(filter)) continue;
      leave();
      this.#subscribed.delete(filter);
    }
    for (const filter of wanted) {
      if (!this.#subscribed.has(filter))
        this.#subscribed.set(
          filter,
          link.subscribe(filter, (message) => this.#take(message)),
        );
    }
    this.#next();
    this.#presence.changed();
  }

  #linkChanged(): void {
    const isUp = this.#parts.link.state === 'connected';
    this.#awaySince = isUp ? null : (this.#awaySince ?? performance.now());
  }

  #sayAlive(): void {
    const now = performance.now();
    for (const { sender } of this.#running.values()) sender.alive();
    for (const { sender } of this.#queue) sender.alive();
    this.#ended.sweep(now);
    const overdue = this.#queue.filter(({ request, queuedAt }) => now - queuedAt > request.timeoutMs);
    this.#queue = this.#queue.filter((job) => !overdue.includes(job));
    for (const { sender } of overdue)
      void sender.fail({ code: 'timeout', message: 'No slot became free in time.' });
    if (this.#awaySince !== null && now - this.#awaySince > AWAY_MS)
      for (const { stopping } of this.#running.values()) stopping.abort();
  }
}
