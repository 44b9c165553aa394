/**
 * Load generator of the gateway's benchmark: a child that receives a Load over IPC and replies with a LoadReport. One child serves all ways, so
 * that each is measured by the same warm code.
 */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { monotonicMs } from '../measuring/monotonic-ms.ts';
import { percentile } from '../measuring/percentile.ts';

export interface Load {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Each sends one request after the other. */
  clients: number;
  /** The clients start spread over this time. Tokens are timed only after it. */
  rampMs: number;
  /** After this time no client sends another request; those under way are read to their end. */
  forMs: number;
  /** Per stream; 0: whole responses. */
  tokens: number;
}

export interface Percentiles {
  p50: number;
  p99: number;
}

export interface LoadReport {
  requests: number;
  /** Until the end of the last response. */
  tookMs: number;
  /** From the request to the end of the response. */
  wholeMs: Percentiles;
  /** From the request to its first token. */
  firstMs: Percentiles;
  /** Of each token, from sent to received. */
  lagMs: Percentiles;
  tokens: number;
  /** Responses other than 200, or with tokens missing, repeated or out of order. */
  wrong: number;
}

interface Samples {
  wholeMs: number[];
  firstMs: number[];
  lagMs: number[];
  tokens: number;
  wrong: number;
}

/** Reads one response. A handler of `dispatch`: a stream or an async loop would add delays of its own. */
class ResponseReader implements Dispatcher.DispatchHandler {
  readonly #load: Load;
  readonly #samples: Samples;
  readonly #timedFrom: number;
  readonly #done: () => void;
  readonly #sentAt = monotonicMs();
  #status = 0;
  #tokens = 0;
  #isInOrder = true;
  #unparsed = '';

  constructor(
    { load, samples, timedFrom }: { load: Load; samples: Samples; timedFrom: number },
    done: () => void,
  ) {
    this.#load = load;
    this.#samples = samples;
    this.#timedFrom = timedFrom;
    this.#done = done;
  }

  /** undici refuses a handler without it. */
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const at = monotonicMs();
    const text = this.#unparsed + chunk.toString('latin1');
    if (this.#load.tokens === 0) return void (this.#unparsed = text);
    const events = text.split('\n\n');
    this.#unparsed = events.pop() ?? '';
    for (const event of events) this.#readEvent(event, at);
  }

  onResponseEnd(): void {
    const { tokens } = this.#load;
    const isComplete =
      tokens === 0 ? this.#unparsed.includes('All the words of a whole answer. ') : this.#tokens === tokens;
    this.#end(this.#status === 200 && isComplete && this.#isInOrder);
  }

  onResponseError(): void {
    this.#end(false);
  }

  #readEvent(event: string, at: number): void {
    const [, content = ''] = /"content":"([^"]*)"/.exec(event) ?? [];
    for (const [, number, sentAt] of content.matchAll(/(\d+)@(\d+\.\d+) /g))
      this.#countToken(Number(number), Number(sentAt), at);
  }

  #countToken(number: number, sentAt: number, at: number): void {
    if (this.#tokens === 0) this.#samples.firstMs.push(at - this.#sentAt);
    else if (at >= this.#timedFrom) this.#samples.lagMs.push(at - sentAt);
    if (number !== this.#tokens) this.#isInOrder = false;
    this.#tokens += 1;
  }

  #end(isRight: boolean): void {
    this.#samples.wholeMs.push(monotonicMs() - this.#sentAt);
    this.#samples.tokens += this.#tokens;
    if (!isRight) this.#samples.wrong += 1;
    this.#done();
  }
}

async function run(load: Load): Promise<LoadReport> {
  const { origin, pathname: path } = new URL(load.url);
  const pool = new Pool(origin, {
    connections: load.clients,
    pipelining: 1,
    headersTimeout: 30_000,
    bodyTimeout: 30_000,
  });
  const samples: Samples = { wholeMs: [], firstMs: [], lagMs: [], tokens: 0, wrong: 0 };
  const headers = { 'content-type': 'application/json', ...load.headers };
  const startedAt = monotonicMs();
  const timedFrom = startedAt + load.rampMs;
  const client = async (number: number): Promise<void> => {
    if (load.rampMs > 0)
      await new Promise((resolve) => setTimeout(resolve, (load.rampMs * number) / load.clients));
    do {
      await new Promise<void>((done) => {
        pool.dispatch(
          { path, method: 'POST', headers, body: load.body },
          new ResponseReader({ load, samples, timedFrom }, done),
        );
      });
    } while (monotonicMs() - startedAt < load.forMs);
  };
  await Promise.all(Array.from({ length: load.clients }, async (_, number) => client(number)));
  const tookMs = monotonicMs() - startedAt;
  await pool.destroy();
  const { wholeMs, firstMs, lagMs, tokens, wrong } = samples;
  return {
    requests: wholeMs.length,
    tookMs,
    wholeMs: percentilesOf(wholeMs),
    firstMs: percentilesOf(firstMs),
    lagMs: percentilesOf(lagMs),
    tokens,
    wrong,
  };
}

function percentilesOf(values: readonly number[]): Percentiles {
  return { p50: percentile(values, 0.5), p99: percentile(values, 0.99) };
}

process.on('message', (load: Load) => void run(load).then((report) => process.send?.(report)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
