/** The clients of the gateway's fault run: many at once. Each request ends in an Outcome of a few words. */
import { randomUUID } from 'node:crypto';
import { Agent, request } from 'undici';
import { answerTo } from './gateway-upstreams.ts';
import type { Ledger } from './gateway-upstreams.ts';

export interface Outcome {
  /**
   * "ok": 200 with the right bytes. "200 cut": a whole answer that broke off. "200 wrong bytes": any other 200. "lost": no response, or one
   * without an end. Otherwise status and code of the error, including an error inside a stream.
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

/** Longer than any path through the gateway takes. */
const TIMEOUT_MS = 20_000;

export class Clients {
  readonly outcomes: Outcome[] = [];
  readonly #target: Target;
  readonly #count: number;
  readonly #agent = new Agent({ connections: null, pipelining: 1 });

  constructor(target: Target, count: number) {
    this.#target = target;
    this.#count = count;
  }

  /** Sends requests, every other one for a stream, until `isOver` returns true; resolves when all have ended. */
  async run(isOver: () => boolean, pauseMs = 0): Promise<void> {
    let sent = 0;
    const client = async (): Promise<void> => {
      while (!isOver()) {
        sent += 1;
        this.outcomes.push(await this.#send(sent % 2 === 0));
        if (pauseMs > 0) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    };
    await Promise.all(Array.from({ length: this.#count }, client));
    await this.#agent.destroy();
  }

  async #send(isStream: boolean): Promise<Outcome> {
    const { url, headers, model, ledger } = this.#target;
    const id = randomUUID();
    let status = 0;
    let isRetried = false;
    let text = '';
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    try {
      const response = await request(`${url}/v1/chat/completions`, {
        method: 'POST',
        headers: { ...headers, 'content-type': 'application/json', 'x-request-id': id },
        body: JSON.stringify({
          model,
          stream: isStream,
          messages: [{ role: 'user', content: `Answer ${id}.` }],
        }),
        dispatcher: this.#agent,
        signal,
        headersTimeout: 0,
        bodyTimeout: 0,
      });
      status = response.statusCode;
      isRetried = String(response.headers['x-upstream-reason']).includes('retry=');
      for await (const part of response.body) {
        ledger.seen(id);
        text += String(part);
      }
    } catch {
      const isCut =
        status === 200 && !isStream && !signal.aborted && answerTo(id, false).join('').startsWith(text);
      return { what: isCut ? '200 cut' : 'lost', isRetried };
    }
    return { what: outcomeOf({ status, text, whole: answerTo(id, isStream).join('') }), isRetried };
  }
}

function outcomeOf({ status, text, whole }: { status: number; text: string; whole: string }): string {
  if (status === 200 && text === whole) return 'ok';
  const error = /^(?<before>[^]*?)(?:data: )?(?<envelope>\{"error":[^]*\})\s*$/.exec(text)?.groups;
  // What precedes an error event must be the beginning of the answer.
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
