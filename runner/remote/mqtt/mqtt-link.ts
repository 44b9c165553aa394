/** One connection to a broker: kept up with back-off, subscriptions restored, messages sent in order and with a limit. What they mean is not its business. */
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { connect } from 'mqtt';
import type { IClientOptions, MqttClient } from 'mqtt';
import type { MqttProblem } from '#contract/mqtt';
import { messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { Signal } from '../../base/signal.ts';
import { isOldProtocol, mqttProblem, problemOf } from './link-problem.ts';
import { OutgoingQueue } from './outgoing-queue.ts';
import type { Delivery, Outgoing } from './outgoing-queue.ts';
import { RequestFault } from './request-fault.ts';
import { isMatch, sharedFilter } from './topics.ts';
import { within } from './within.ts';

export interface BrokerAddress {
  /** mqtt:// or mqtts://, without user and password. */
  url: string;
  username: string | null;
  password: string | null;
  /** Text of the certificate that the broker's is signed with; null: those that the system trusts. */
  ca: string | null;
}

export interface LinkParts {
  address: BrokerAddress;
  clientId: string;
  /** What the broker says for us when we vanish. */
  will?: { topic: string; payload: string };
  /** The broker keeps messages for us over a short cut (MQTT 5 only). */
  isKept?: boolean;
  /** 4 for a broker that is known to speak MQTT 3.1.1 only. */
  protocol?: 4 | 5;
  logger: Pick<Logger, 'warn'>;
  random?: () => number;
}

export interface Incoming {
  topic: string;
  payload: Buffer;
  isRetained: boolean;
  responseTopic: string | null;
}

export type LinkState = 'stopped' | 'connecting' | 'connected';
type Handler = (message: Incoming) => void;

const CONNECT_MS = 8_000;
const KEEPALIVE_S = 10;
const KEPT_S = 60;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 3_000;
/** A broker that is frozen takes no good-bye. */
const GOODBYE_MS = 1_000;
/** A broker that drops us at once is as good as one that refuses. */
const STABLE_MS = 5_000;

export class MqttLink {
  readonly changed = new Signal<void>();
  readonly #parts: LinkParts;
  readonly #queue = new OutgoingQueue();
  readonly #subscriptions = new Map<string, Handler>();
  /** Those that this connection has asked the broker for. */
  readonly #asked = new Set<string>();
  readonly #stopping = new AbortController();
  #state: LinkState = 'stopped';
  #protocol: 4 | 5;
  #client: MqttClient | null = null;
  #problem: MqttProblem | null = null;
  #failures = 0;
  #connections = 0;
  #connectedAt: Date | null = null;
  #running: Promise<void> | null = null;
  #isEnding = false;

  constructor(parts: LinkParts) {
    this.#parts = parts;
    this.#protocol = parts.protocol ?? 5;
  }

  get state(): LinkState {
    return this.#state;
  }

  /** 4 is MQTT 3.1.1. */
  get protocol(): 4 | 5 {
    return this.#protocol;
  }

  /** Why it is not connected, or was not lately; null: nothing is wrong. */
  get problem(): MqttProblem | null {
    return this.#problem;
  }

  get connectedAt(): Date | null {
    return this.#connectedAt;
  }

  get connections(): number {
    return this.#connections;
  }

  get waiting(): { messages: number; bytes: number } {
    return this.#queue.size;
  }

  start(): void {
    this.#running ??= this.#run();
  }

  /** Sends what waits, a second long at the most, then says good-bye: the broker keeps the last will to itself. */
  async stop(): Promise<void> {
    this.#isEnding = true;
    if (this.#state === 'connected') await this.#emptied();
    this.#stopping.abort();
    this.#queue.fail(new RequestFault('broker_down', 'The connection to the broker was ended.'));
    await this.#running;
    this.#set('stopped');
  }

  /** As if the network broke. */
  cut(): void {
    this.#client?.stream.destroy();
  }

  /** One handler per filter; survives a lost connection. Undone by the returned function. */
  subscribe(filter: string, handler: Handler): () => void {
    this.#subscriptions.set(filter, handler);
    if (this.#state === 'connected') void this.#ask([filter]);
    return () => {
      this.#subscriptions.delete(filter);
      this.#asked.delete(filter);
      if (this.#state === 'connected') this.#client?.unsubscribe(filter, () => undefined);
    };
  }

  /** With acknowledgement (QoS 1). Rejects with a RequestFault or the broker's refusal. */
  publish(
    topic: string,
    payload: string | object,
    rest: Partial<Pick<Outgoing, 'isRetained' | 'properties'>> = {},
  ): Promise<Delivery> {
    const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
    return this.#queue.add({ topic, payload: Buffer.from(text), isRetained: false, ...rest });
  }

  /** Sent now or not at all, and nobody asks whether it arrived. */
  tell(topic: string, payload: object): void {
    if (this.#state === 'connected') this.#client?.publish(topic, JSON.stringify(payload), { qos: 0 });
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    while (!signal.aborted) {
      this.#set('connecting');
      const began = performance.now();
      const isOther = await this.#connectOnce();
      if (signal.aborted) return;
      if (isOther) continue;
      if (performance.now() - began > STABLE_MS) this.#failures = 0;
      this.#failures += 1;
      await this.#pause(Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), LONGEST_DELAY_MS));
    }
  }

  /** From the first byte to the last. True: another version of the protocol is to be tried at once. */
  async #connectOnce(): Promise<boolean> {
    const client = connect(this.#parts.address.url, this.#options());
    const closed = new Promise<void>((resolve) => client.once('close', resolve));
    const end = (): void => void client.end(true);
    this.#stopping.signal.addEventListener('abort', end, { once: true });
    let fault: unknown = null;
    client.on('error', (error) => (fault ??= error));
    client.on('message', (topic, payload, packet) => {
      const responseTopic = packet.properties?.responseTopic ?? null;
      this.#take({ topic, payload, isRetained: packet.retain, responseTopic });
    });
    client.once('connect', () => {
      // A small frame must not wait for the acknowledgement of the one before.
      if (client.stream instanceof Socket) client.stream.setNoDelay(true);
      void this.#connected(client);
    });
    await closed;
    this.#stopping.signal.removeEventListener('abort', end);
    const wasConnected = this.#client === client && this.#state === 'connected';
    this.#client = null;
    this.#connectedAt = null;
    this.#queue.pause();
    if (this.#stopping.signal.aborted) client.end(true);
    else this.#note(fault, wasConnected);
    if (wasConnected || this.#protocol === 4 || !isOldProtocol(fault)) return false;
    this.#protocol = 4;
    return true;
  }

  #options(): IClientOptions {
    const { address, clientId, will, isKept = false } = this.#parts;
    const isNew = this.#protocol === 5;
    return {
      clientId,
      protocolVersion: this.#protocol,
      keepalive: KEEPALIVE_S,
      reschedulePings: false,
      reconnectPeriod: 0,
      connectTimeout: CONNECT_MS,
      resubscribe: false,
      queueQoSZero: false,
      clean: !(isKept && isNew),
      ...(isNew && isKept ? { properties: { sessionExpiryInterval: KEPT_S } } : {}),
      ...(address.username === null ? {} : { username: address.username }),
      ...(address.password === null ? {} : { password: address.password }),
      ...(address.ca === null ? {} : { ca: address.ca }),
      ...(will === undefined
        ? {}
        : {
            will: {
              topic: will.topic,
              payload: Buffer.from(will.payload),
              qos: 1 as const,
              retain: true,
            },
          }),
    };
  }

  async #connected(client: MqttClient): Promise<void> {
    this.#client = client;
    this.#asked.clear();
    // Until nobody has come with another one meanwhile.
    for (let filters = this.#unasked(); filters.length > 0; filters = this.#unasked()) {
      if (!(await this.#ask(filters)) || this.#client !== client) return;
    }
    this.#connections += 1;
    this.#connectedAt = new Date();
    this.#set('connected');
    this.#queue.resume((message) => send(client, message));
  }

  #unasked(): string[] {
    return [...this.#subscriptions.keys()].filter((filter) => !this.#asked.has(filter));
  }

  /** True: the broker has them, or has refused them for good. */
  async #ask(filters: string[]): Promise<boolean> {
    const client = this.#client;
    if (client === null) return false;
    for (const filter of filters) this.#asked.add(filter);
    try {
      const granted = await client.subscribeAsync(filters, { qos: 1 });
      const refused = granted.filter(({ qos }) => qos >= 128).map(({ topic }) => topic);
      if (refused.length > 0) throw new Error(refused.join(', '));
      if (this.#problem?.code !== 'not-allowed') this.#problem = null;
      return true;
    } catch (error) {
      if (client.disconnecting || !client.connected) return false;
      this.#problem = mqttProblem('not-allowed', { detail: messageOf(error) });
      this.#parts.logger.warn({ problem: this.#problem.message }, 'a subscription was refused');
      return true;
    }
  }

  #take(message: Incoming): void {
    for (const [filter, handler] of this.#subscriptions) {
      if (!isMatch(sharedFilter(filter)?.filter ?? filter, message.topic)) continue;
      try {
        handler(message);
      } catch (error) {
        // What a stranger sends must not end the runner.
        this.#parts.logger.warn({ err: error, topic: message.topic }, 'a message could not be handled');
      }
    }
  }

  #note(fault: unknown, wasConnected: boolean): void {
    if (this.#isEnding) return;
    const place = this.#parts.address.url;
    if (fault === null) this.#problem = mqttProblem('lost', { place });
    else if (!isOldProtocol(fault) || this.#protocol === 4) this.#problem = problemOf(fault, place);
    else return;
    if (wasConnected || this.#failures === 0)
      this.#parts.logger.warn({ problem: this.#problem.message }, 'the broker is not connected');
  }

  async #pause(delayMs: number): Promise<void> {
    this.#set('connecting');
    const { signal } = this.#stopping;
    await delay(delayMs * (0.75 + 0.5 * (this.#parts.random ?? Math.random)()), undefined, { signal }).catch(
      () => undefined,
    );
  }

  async #emptied(): Promise<void> {
    const giveUp = performance.now() + 1_000;
    while (this.#queue.size.messages > 0 && performance.now() < giveUp && this.#state === 'connected') {
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (this.#client === null) return;
    await within(GOODBYE_MS, this.#client.endAsync());
    // What is saying good-bye cannot be ended in another way.
    this.cut();
  }

  #set(state: LinkState): void {
    if (state === this.#state && state !== 'connecting') return;
    this.#state = state;
    this.changed.emit();
  }
}

/** 16: no matching subscribers. */
function send(client: MqttClient, { topic, payload, isRetained, properties }: Outgoing): Promise<Delivery> {
  const max = client.serverProperties?.maximumPacketSize;
  if (max !== undefined && payload.length + topic.length + 1024 > max) {
    return Promise.reject(
      new RequestFault(
        'too_large',
        `The broker takes messages up to ${max} bytes; this one has ${payload.length}.`,
      ),
    );
  }
  const isNew = client.options.protocolVersion === 5;
  return new Promise((resolve, reject) => {
    client.publish(
      topic,
      payload,
      { qos: 1, retain: isRetained, ...(isNew && properties ? { properties } : {}) },
      (error, packet) => {
        if (error) reject(error);
        else
          resolve({ isHeard: !(packet !== undefined && 'reasonCode' in packet && packet.reasonCode === 16) });
      },
    );
  });
}
