/** Sends the frames of one answer: numbered, at most a few under way, what comes meanwhile is put together. */
import type { Usage } from './envelope.ts';
import type { MqttLink } from './mqtt-link.ts';
import type { AnswerDelta } from './ports.ts';
import type { WireFault } from './request-fault.ts';

/** What all frames of an answer carry. */
export interface FrameHead {
  id: string;
  worker: string;
  attempt: number;
  hops: number;
}

type Body =
  | { content: string }
  | { reasoning: string }
  | { tool_calls: unknown[] }
  | { progress: { processed: number; total: number } };

/** More frames of one answer than these wait for the broker only when it lags: then they are put together. */
const UNDER_WAY = 8;
/** Kept for a client that misses something. */
const MOST_SENT = 4 * 1024 * 1024;
/** What a frame costs beside its text. */
const FRAME_BYTES = 256;
/** Beyond it the model server is not read. */
const MOST_WAITING = 512 * 1024;

export class AnswerSender {
  readonly #link: MqttLink;
  readonly #topic: string;
  readonly #head: FrameHead;
  #seq = 0;
  #waiting: Body[] = [];
  #waitingSize = 0;
  #underWay = 0;
  /** What was sent, for those that get lost; the oldest go first. */
  #sent: { seq: number; frame: object; size: number }[] = [];
  #sentSize = 0;
  #fault: Error | null = null;
  #wakes: (() => void)[] = [];
  readonly #end: { finish_reason: string | null; usage: Usage | null; timings?: unknown } = {
    finish_reason: null,
    usage: null,
  };

  constructor(link: MqttLink, topic: string, head: FrameHead) {
    this.#link = link;
    this.#topic = topic;
    this.#head = head;
  }

  /** What is kept for those that miss something. Final when the answer has ended. */
  get keptBytes(): number {
    return this.#sentSize;
  }

  taken(how: 'queued' | 'started'): void {
    this.#publish({ taken: how });
  }

  alive(): void {
    this.#link.tell(this.#topic, { ...this.#head, alive: this.#seq });
  }

  /** Resolves when there is room for more. Throws when the broker refuses a frame. */
  async add(deltas: readonly AnswerDelta[]): Promise<void> {
    for (const delta of deltas) this.#take(delta);
    this.#flush();
    await this.#until(() => this.#waitingSize < MOST_WAITING);
  }

  /** Once more, from that number on. False: they are not kept any more. */
  resend(from: number): boolean {
    const kept = this.#sent.filter(({ seq }) => seq >= from);
    if (kept.length < this.#seq - from) return false;
    for (const { frame } of kept) this.#publish(frame);
    return true;
  }

  /** The last frame. Resolves when the broker has everything. */
  async done(): Promise<void> {
    await this.#until(() => this.#waiting.length === 0);
    this.#number({ done: true, ...this.#end }, 256);
    await this.#until(() => this.#underWay === 0);
  }

  async fail(fault: WireFault): Promise<void> {
    await this.#until(() => this.#waiting.length === 0).catch(() => undefined);
    this.#number({ error: fault }, 256);
    await this.#until(() => this.#underWay === 0).catch(() => undefined);
  }

  #take(delta: AnswerDelta): void {
    switch (delta.kind) {
      case 'content':
        return this.#put({ content: delta.text });
      case 'reasoning':
        return this.#put({ reasoning: delta.text });
      case 'tool-calls':
        return this.#put({ tool_calls: delta.calls });
      case 'prompt-progress':
        return this.#put({ progress: { processed: delta.processed, total: delta.total } });
      case 'finish':
        this.#end.finish_reason = delta.reason;
        return;
      case 'usage':
        this.#end.usage = delta.usage;
        return;
      case 'timings':
        this.#end.timings = delta.timings;
        return;
      case 'model':
    }
  }

  #put(body: Body): void {
    this.#waitingSize += sizeOf(body);
    const last = this.#waiting.at(-1);
    const merged = last === undefined ? null : merge(last, body);
    if (merged === null) this.#waiting.push(body);
    else this.#waiting[this.#waiting.length - 1] = merged;
  }

  #flush(): void {
    while (this.#underWay < UNDER_WAY) {
      const body = this.#waiting.shift();
      if (body === undefined) break;
      this.#number(body, sizeOf(body));
    }
    if (this.#waiting.length === 0) this.#waitingSize = 0;
  }

  #number(body: object, size: number): void {
    const frame = { seq: this.#seq, ...body };
    this.#seq += 1;
    this.#sent.push({ seq: frame.seq, frame, size: size + FRAME_BYTES });
    this.#sentSize += size + FRAME_BYTES;
    while (this.#sentSize > MOST_SENT && this.#sent.length > 1)
      this.#sentSize -= this.#sent.shift()?.size ?? 0;
    this.#publish(frame);
  }

  #publish(rest: object): void {
    this.#underWay += 1;
    this.#link
      .publish(this.#topic, { ...this.#head, ...rest })
      .catch((error: Error) => (this.#fault ??= error))
      .finally(() => {
        this.#underWay -= 1;
        this.#flush();
        for (const wake of this.#wakes.splice(0)) wake();
      });
  }

  async #until(isSo: () => boolean): Promise<void> {
    while (!isSo()) {
      if (this.#fault !== null) throw this.#fault;
      await new Promise<void>((resolve) => this.#wakes.push(resolve));
    }
    if (this.#fault !== null) throw this.#fault;
  }
}

function sizeOf(body: Body): number {
  if ('content' in body) return body.content.length;
  if ('reasoning' in body) return body.reasoning.length;
  return 'tool_calls' in body ? JSON.stringify(body.tool_calls).length : 32;
}

/** Null: they are of different kinds. */
function merge(one: Body, other: Body): Body | null {
  if ('content' in one && 'content' in other) return { content: one.content + other.content };
  if ('reasoning' in one && 'reasoning' in other) return { reasoning: one.reasoning + other.reasoning };
  if ('tool_calls' in one && 'tool_calls' in other)
    return { tool_calls: [...one.tool_calls, ...other.tool_calls] };
  return 'progress' in one && 'progress' in other ? other : null;
}
