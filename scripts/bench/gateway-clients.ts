/** Load generator of the gateway's benchmark: a child that gets a Load over IPC and answers with a LoadReport. One for all ways, so that each meets the same warm code. */
import { Pool } from 'undici';
import type { Dispatcher } from 'undici';
import { percentile } from './bench-tools.ts';

export interface Load {
  url: string;
  headers: Record<string, string>;
  body: string;
  /** Each asks one request after the other. */
  clients: number;
  /** They begin spread over this time. Only after it the tokens are timed. */
  rampMs: number;
  /** After this time nobody asks again; what was asked is read to its end. */
  forMs: number;
  /** Of a stream; 0: whole answers. */
  tokens: number;
}

export interface Percentiles {
  p50: number;
  p99: number;
}

export interface LoadReport {
  requests: number;
  /** Until the last answer's end. */
  tookMs: number;
  /** From the request to the answer's end. */
  wholeMs: Percentiles;
  /** From the request to its first token. */
  firstMs: Percentiles;
  /** Of each token from sent to received. */
  lagMs: Percentiles;
  tokens: number;
  /** Answers other than 200, or with tokens missing, twice or out of order. */
  wrong: number;
}

interface Samples {
  wholeMs: number[];
  firstMs: number[];
  lagMs: number[];
  tokens: number;
  wrong: number;
}

const now = (): number => Number(process.hrtime.bigint()) / 1e6;

/** Reads one answer. No stream, no async loop: they would add delays of their own. */
class Reader implements Dispatcher.DispatchHandler {
  readonly #load: Load;
  readonly #samples: Samples;
  readonly #timedFrom: number;
  readonly #done: () => void;
  readonly #askedAt = now();
  #status = 0;
  #tokens = 0;
  #isInOrder = true;
  #held = '';

  constructor({ load, samples, timedFrom }: { load: Load; samples: Samples; timedFrom: number }, done: () => void) {
    this.#load = load;
    this.#samples = samples;
    this.#timedFrom = timedFrom;
    this.#done = done;
  }

  /** undici wants one. */
  onRequestStart(): void {}

  onResponseStart(_controller: Dispatcher.DispatchController, status: number): void {
    this.#status = status;
  }

  onResponseData(_controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const at = now();
    const text = this.#held + chunk.toString('latin1');
    if (this.#load.tokens === 0) return void (this.#held = text);
    const events = text.split('\n\n');
    this.#held = events.pop() ?? '';
    for (const event of events) this.#take(event, at);
  }

  onResponseEnd(): void {
    const { tokens } = this.#load;
    const isWhole = tokens === 0 ? this.#held.includes('All the words of a whole answer. ') : this.#tokens === tokens;
    this.#end(this.#status === 200 && isWhole && this.#isInOrder);
  }

  onResponseError(): void {
    this.#end(false);
  }

  #take(event: string, at: number): void {
    const [, content = ''] = /"content":"([^"]*)"/.exec(event) ?? [];
    for (const [, number, sentAt] of content.matchAll(/(\d+)@(\d+\.\d+) /g)) this.#count(Number(number), Number(sentAt), at);
  }

  #count(number: number, sentAt: number, at: number): void {
    if (this.#tokens === 0) this.#samples.firstMs.push(at - this.#askedAt);
    else if (at >= this.#timedFrom) this.#samples.lagMs.push(at - sentAt);
    if (number !== this.#tokens) this.#isInOrder = false;
    this.#tokens += 1;
  }

  #end(isRight: boolean): void {
    this.#samples.wholeMs.push(now() - this.#askedAt);
    this.#samples.tokens += this.#tokens;
    if (!isRight) this.#samples.wrong += 1;
    this.#done();
  }
}

async function run(load: Load): Promise<LoadReport> {
  const { origin, pathname: path } = new URL(load.url);
  const pool = new Pool(origin, { connections: load.clients, pipelining: 1, headersTimeout: 30_000, bodyTimeout: 30_000 });
  const samples: Samples = { wholeMs: [], firstMs: [], lagMs: [], tokens: 0, wrong: 0 };
  const headers = { 'content-type': 'application/json', ...load.headers };
  const begunAt = now();
  const timedFrom = begunAt + load.rampMs;
  const client = async (number: number): Promise<void> => {
    if (load.rampMs > 0) await new Promise((resolve) => setTimeout(resolve, (load.rampMs * number) / load.clients));
    do {
      await new Promise<void>((done) => {
        pool.dispatch({ path, method: 'POST', headers, body: load.body }, new Reader({ load, samples, timedFrom }, done));
      });
    } while (now() - begunAt < load.forMs);
  };
  await Promise.all(Array.from({ length: load.clients }, async (_, number) => client(number)));
  const tookMs = now() - begunAt;
  await pool.destroy();
  const of = (values: number[]): Percentiles => ({ p50: percentile(values, 0.5), p99: percentile(values, 0.99) });
  const { wholeMs, firstMs, lagMs, tokens, wrong } = samples;
  return { requests: wholeMs.length, tookMs, wholeMs: of(wholeMs), firstMs: of(firstMs), lagMs: of(lagMs), tokens, wrong };
}

process.on('message', (load: Load) => void run(load).then((report) => process.send?.(report)));
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
