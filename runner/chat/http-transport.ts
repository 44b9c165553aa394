/** Answers over HTTP: `/v1/chat/completions` as a stream, `/tokenize` where the server has it. */
import { createParser } from 'eventsource-parser';
import { Agent, request } from 'undici';
import type { Dispatcher } from 'undici';
import { z } from 'zod';
import { AppError, messageOf } from '../base/errors.ts';
import type { ChatCall, ChatTransport, Delta, Upstream } from './chat-transport.ts';
import { readChunk } from './read-chunk.ts';
import { connectionFault, upstreamFault, webPage } from './upstream-error.ts';

const ERROR_BODY_BYTES = 64 * 1024;
const LONGEST_EVENT = 8 * 1024 ** 2;
const AFTER_DONE_BYTES = 16 * 1024;
const WHOLE_ANSWER_BYTES = 64 * 1024 * 1024;
const tokensSchema = z.object({ tokens: z.array(z.unknown()) });

export function createHttpTransport(): ChatTransport {
  // No pipelining: a request behind a long answer would wait for its end. Silence is watched per answer.
  const agent = new Agent({
    connections: null,
    pipelining: 1,
    keepAliveTimeout: 1_000,
    connect: { timeout: 5_000 },
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    stream: (call) => streamOf(agent, call),
    countTokens: (upstream, texts, signal) =>
      countTokens(texts, (text) => countOne(agent, upstream, { text, signal })),
    close: () => agent.destroy(),
  };
}

async function* streamOf(agent: Agent, call: ChatCall): AsyncGenerator<readonly Delta[]> {
  const json = toJson(call.body);
  const silence = new SilenceWatch(call.timeoutMs);
  const signal = AbortSignal.any([call.signal, silence.signal]);
  let hasBegun = false;
  try {
    const answer = await post(agent, call.upstream, { json, signal });
    for await (const deltas of deltasOf(answer)) {
      silence.heard();
      hasBegun ||= deltas.some(
        ({ kind }) => kind === 'content' || kind === 'reasoning' || kind === 'tool-calls',
      );
      yield deltas;
    }
  } catch (error) {
    call.signal.throwIfAborted();
    if (silence.signal.aborted) throw silence.signal.reason;
    throw connectionFault(error, hasBegun);
  } finally {
    silence.end();
  }
}

async function post(
  agent: Agent,
  upstream: Upstream,
  { json, signal }: { json: string; signal: AbortSignal },
): Promise<Dispatcher.ResponseData> {
  const answer = await request(`${upstream.baseUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { ...authorization(upstream), 'content-type': 'application/json', accept: 'text/event-stream' },
    body: json,
    dispatcher: agent,
    signal,
  });
  // A body that is given up emits an error; nobody else listens for it, and that would end the runner.
  answer.body.on('error', () => undefined);
  if (answer.statusCode === 200) return answer;
  const said = await readText(answer, ERROR_BODY_BYTES);
  // Some servers repeat what they were sent.
  throw upstreamFault({
    status: answer.statusCode,
    body: upstream.apiKey ? said.replaceAll(upstream.apiKey, '***') : said,
  });
}

function toJson(body: Record<string, unknown>): string {
  try {
    return JSON.stringify(body);
  } catch (error) {
    throw new AppError(
      'INVALID_REQUEST',
      `The request cannot be passed on: ${messageOf(error)}. Send less deeply nested values.`,
      {
        cause: error,
      },
    );
  }
}

async function* deltasOf(answer: Dispatcher.ResponseData): AsyncGenerator<readonly Delta[]> {
  const type = String(answer.headers['content-type'] ?? '');
  if (/html/i.test(type)) {
    answer.body.destroy();
    throw webPage();
  }
  // A server that does not stream answers as a whole.
  if (/json/i.test(type)) return yield readChunk(await readText(answer, WHOLE_ANSWER_BYTES));
  yield* deltasOfEvents(answer);
}

async function* deltasOfEvents(answer: Dispatcher.ResponseData): AsyncGenerator<readonly Delta[]> {
  const reader = new DeltaReader();
  try {
    for await (const bytes of answer.body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const deltas = reader.read(bytes);
      if (deltas.length > 0) yield deltas;
      // What came before a faulty event has been handed over.
      if (reader.fault !== null) throw reader.fault;
      if (reader.isDone) return;
    }
    // Some servers leave out [DONE]; without either, the end is a cut.
    if (!reader.hasFinished) throw new Error('the stream ended before the answer did');
  } finally {
    // After the end the connection can serve the next request; before it, closing it is what stops the generation.
    if (reader.isDone) answer.body.dump({ limit: AFTER_DONE_BYTES }).catch(() => undefined);
    else answer.body.destroy();
  }
}

/** Bytes in, pieces out, however the events are cut. */
class DeltaReader {
  isDone = false;
  hasFinished = false;
  fault: AppError | null = null;
  #deltas: Delta[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ data }) => this.#take(data),
    // Without a line's end nothing would ever be handed over.
    maxBufferSize: LONGEST_EVENT,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') this.fault ??= connectionFault(new Error(type), true);
    },
  });

  read(bytes: Buffer): readonly Delta[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    const deltas = this.#deltas;
    this.#deltas = [];
    return deltas;
  }

  #take(data: string): void {
    if (this.fault !== null || this.isDone) return;
    if (data === '[DONE]') {
      this.isDone = true;
      return;
    }
    try {
      const deltas = readChunk(data);
      this.hasFinished ||= deltas.some(({ kind }) => kind === 'finish');
      this.#deltas.push(...deltas);
    } catch (error) {
      this.fault = connectionFault(error, true);
    }
  }
}

async function countTokens(
  texts: readonly string[],
  count: (text: string) => Promise<number>,
): Promise<number[] | null> {
  try {
    return await Promise.all(texts.map(count));
  } catch {
    return null;
  }
}

async function countOne(
  agent: Agent,
  upstream: Upstream,
  { text, signal }: { text: string; signal: AbortSignal },
): Promise<number> {
  const answer = await request(`${upstream.baseUrl}/tokenize`, {
    method: 'POST',
    headers: { ...authorization(upstream), 'content-type': 'application/json' },
    body: JSON.stringify({ content: text }),
    dispatcher: agent,
    signal,
  });
  const body = await readText(answer, WHOLE_ANSWER_BYTES);
  if (answer.statusCode !== 200) throw new Error(`/tokenize answered ${answer.statusCode}`);
  return tokensSchema.parse(JSON.parse(body)).tokens.length;
}

function authorization({ apiKey }: Upstream): Record<string, string> {
  return apiKey === null ? {} : { authorization: `Bearer ${apiKey}` };
}

async function readText(answer: Dispatcher.ResponseData, maxBytes: number): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const bytes of answer.body as AsyncIterable<Buffer>) {
    parts.push(bytes);
    size += bytes.length;
    if (size > maxBytes) break;
  }
  return Buffer.concat(parts).toString('utf8');
}

/** Aborts its signal when nothing was heard for a while. One timer, set anew only when it rings: a token must cost nothing. */
class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #timeoutMs: number;
  #heardAt = performance.now();
  #timer: NodeJS.Timeout;

  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs;
    this.#timer = setTimeout(() => this.#ring(), timeoutMs);
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    this.#heardAt = performance.now();
  }

  end(): void {
    clearTimeout(this.#timer);
  }

  #ring(): void {
    const leftMs = this.#heardAt + this.#timeoutMs - performance.now();
    if (leftMs > 1) this.#timer = setTimeout(() => this.#ring(), leftMs);
    else {
      const seconds = Math.round(this.#timeoutMs / 100) / 10;
      this.#controller.abort(
        new AppError(
          'UPSTREAM_TIMEOUT',
          `The server sent nothing for ${seconds} s. Look at its log, or raise LLM_TIMEOUT.`,
        ),
      );
    }
  }
}
