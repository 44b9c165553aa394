/** Says what a worker has room for: at once when that changes, and now and then as a sign of life. */
import type { Presence } from './envelope.ts';
import type { MqttLink } from './mqtt-link.ts';
import type { Topics } from './topics.ts';

export interface WorkerPresenceParts {
  link: MqttLink;
  topics: Topics;
  workerId: string;
  name: string;
  version: string;
  models: () => Presence['models'];
}

const EVERY_MS = 10_000;
/** What changes within so long is told together. */
const NEWS_MS = 50;

export class WorkerPresence {
  readonly #parts: WorkerPresenceParts;
  #undo: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;
  #news: NodeJS.Timeout | undefined;

  constructor(parts: WorkerPresenceParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#undo = this.#parts.link.changed.subscribe(() => this.#say());
    this.#timer = setInterval(() => this.#say(), EVERY_MS).unref();
    this.changed();
  }

  /** Takes it away. */
  async stop(): Promise<void> {
    const { link, topics, workerId } = this.#parts;
    this.#undo();
    clearInterval(this.#timer);
    clearTimeout(this.#news);
    if (link.state === 'connected')
      await link.publish(topics.presence(workerId), '', { isRetained: true }).catch(() => undefined);
  }

  changed(): void {
    this.#news ??= setTimeout(() => {
      this.#news = undefined;
      this.#say();
    }, NEWS_MS).unref();
  }

  /** What is old by the time that the broker is back is of no use: then it is said anew. */
  #say(): void {
    const { link, topics, workerId, name, version, models } = this.#parts;
    if (link.state !== 'connected') return;
    const presence: Presence = { worker: workerId, name, version, everyMs: EVERY_MS, models: models() };
    link.publish(topics.presence(workerId), presence, { isRetained: true }).catch(() => undefined);
  }
}
