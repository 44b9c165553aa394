/** Messages on their way to the broker: bounded, a few under way at once, and none lost with a connection. */
import { RequestFault } from './request-fault.ts';

export interface Outgoing {
  topic: string;
  payload: Buffer;
  isRetained: boolean;
  /** MQTT 5 only. */
  properties?: { responseTopic?: string; correlationData?: Buffer; messageExpiryInterval?: number };
}

/** `isHeard` false: the broker says that nobody subscribes to the topic (MQTT 5 only). */
export interface Delivery {
  isHeard: boolean;
}

interface Entry {
  message: Outgoing;
  isUnderWay: boolean;
  resolve: (delivery: Delivery) => void;
  reject: (error: Error) => void;
}

type Send = (message: Outgoing) => Promise<Delivery>;

interface QueueLimits {
  messages: number;
  bytes: number;
  /** How many may wait for the broker's acknowledgement. */
  underWay: number;
}

const QUEUE_LIMITS: QueueLimits = { messages: 4096, bytes: 64 * 1024 * 1024, underWay: 16 };

export class OutgoingQueue {
  readonly #limits: QueueLimits;
  readonly #entries = new Set<Entry>();
  #bytes = 0;
  #underWay = 0;
  #send: Send | null = null;
  #closed: Error | null = null;

  constructor(limits: QueueLimits = QUEUE_LIMITS) {
    this.#limits = limits;
  }

  get size(): { messages: number; bytes: number } {
    return { messages: this.#entries.size, bytes: this.#bytes };
  }

  /** Resolves when the broker has it; rejects when it refuses it, when the queue is full, or at `fail`. */
  add(message: Outgoing): Promise<Delivery> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const { messages, bytes } = this.#limits;
    if (this.#entries.size >= messages || this.#bytes + message.payload.length > bytes) {
      return Promise.reject(
        new RequestFault('queue_full', 'Too much waits for the broker. Try again when it takes messages.'),
      );
    }
    const { promise, resolve, reject } = Promise.withResolvers<Delivery>();
    this.#entries.add({ message, isUnderWay: false, resolve, reject });
    this.#bytes += message.payload.length;
    this.#pump();
    return promise;
  }

  /** A connection stands. `send` rejects when the broker refuses a message. */
  resume(send: Send): void {
    this.#send = send;
    this.#pump();
  }

  /** The connection is gone: what it had not acknowledged is sent again by the next one, in the old order. */
  pause(): void {
    this.#send = null;
    this.#underWay = 0;
    for (const entry of this.#entries) entry.isUnderWay = false;
  }

  /** For good. */
  fail(error: Error): void {
    this.#closed = error;
    this.pause();
    for (const entry of this.#entries) entry.reject(error);
    this.#entries.clear();
    this.#bytes = 0;
  }

  #pump(): void {
    const send = this.#send;
    if (send === null) return;
    for (const entry of this.#entries) {
      if (this.#underWay >= this.#limits.underWay) return;
      if (!entry.isUnderWay) this.#start(entry, send);
    }
  }

  #start(entry: Entry, send: Send): void {
    entry.isUnderWay = true;
    this.#underWay += 1;
    send(entry.message).then(
      (delivery) => this.#settle(entry, send, () => entry.resolve(delivery)),
      (error: Error) => this.#settle(entry, send, () => entry.reject(error)),
    );
  }

  /** What a connection says after its end counts for nothing. */
  #settle(entry: Entry, send: Send, tell: () => void): void {
    if (this.#send !== send || !this.#entries.delete(entry)) return;
    this.#bytes -= entry.message.payload.length;
    this.#underWay -= 1;
    tell();
    this.#pump();
  }
}
