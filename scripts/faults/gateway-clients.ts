/** The clients of the gateway's fault run: many at once, and what came of each request in one word or two. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { answerTo } from './gateway-upstreams.ts';
import type { Ledger } from './gateway-upstreams.ts';

export interface Outcome {
  /**
   * "ok": 200 with the right bytes. Else status and code of the error, also of one in a stream; "200 cut": a whole answer that broke off;
   * "200 wrong bytes": any other 200. "lost": no answer, or no end of it.
   */
  what: string;
  /** Another upstream was asked before. */
  isRetried: boolean;
}

export interface Target {
  url: string;
  headers: Record<string, string>;
  model: string;
  ledger: Ledger;
}

/** Longer than any way through the gateway takes. */
const PATIENCE_MS = 20_000;

export class Clients {
  readonly outcomes: Outcome[] = [];
  readonly #target: Target;
  readonly #count: number;
  readonly #agent = new Agent({ connections: null, pipelining: 1 });

  constructor(target: Target, count: number) {
    this.#target = target;
    this.#count = count;
  }

  /** They ask, every other one for a stream, as long as `isOver` says no; resolves when all have their answers. */
  async run(isOver: () => boolean, pauseMs = 0): Promise<void> {
    let asked = 0;
    const client = async (): Promise<void> => {
      while (!isOver()) {
        asked += 1;
        this.outcomes.push(await this.#ask(asked % 2 === 0));
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    await Promise.all(Array.from({ length: this.#count }, client));
    await this.#agent.destroy();
  }

  async #ask(isStream: boolean): Promise<Outcome> {
    const { url, headers, model, ledger } = this.#target;
    const id = randomUUID();
    let status = 0;
    let isRetried = false;
    let text = '';
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      const answer = await request(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'x-request-id': id },
        body: JSON.stringify({ model, stream: isStream, messages: [{ role: 'user', content: `Answer ${id}.` }] }),
        ...{ dispatcher: this.#agent, signal, headersTimeout: 0, bodyTimeout: 0 },
      });
      status = answer.statusCode;
      isRetried = String(answer.headers['x-upstream-reason']).includes('retry=');
      for await (const part of answer.body) {
        ledger.seen(id);
        text += String(part);
      }
    } catch {
      const isCut = status === 200 && !isStream && !signal.aborted && answerTo(id, false).join('').startsWith(text);
      return { what: isCut ? '200 cut' : 'lost', isRetried };
    }
    return { what: whatCame({ status, text, whole: answerTo(id, isStream).join('') }), isRetried };
  }
}

function whatCame({ status, text, whole }: { status: number; text: string; whole: string }): string {
  if (status === 200 && text === whole) return 'ok';
  const error = /^(?<before>[^]*?)(?:data: )?(?<envelope>\{"error":[^]*\})\s*$/.exec(text)?.groups;
  // What came before an error event is the beginning of the answer.
  if (error === undefined || !whole.startsWith(error['before'] ?? '')) return `${status} wrong bytes`;
  return `${status} ${codeOf(error['envelope'] ?? '')}`;
}

function codeOf(envelope: string): string {
  try {
    return String((JSON.parse(envelope) as { error: { code: unknown } }).error.code);
  } catch {
    return 'unreadable';
  }
}
