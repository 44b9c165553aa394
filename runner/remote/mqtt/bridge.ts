/** A listener on loopback that speaks the OpenAI API and asks workers over the broker: so chat and gateway use them as any other server. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Logger } from '../../base/logger.ts';
import { answerStreamed, answerWhole, sendFault, sendJson } from './bridge-answer.ts';
import { MAX_REQUEST_BYTES } from './envelope.ts';
import { isShallow } from './read-json.ts';
import type { RequestClient } from './request-client.ts';
import { RequestFault } from './request-fault.ts';
import { topicWord } from './topics.ts';

/** What all workers of a model offer together. */
export interface RemoteModel {
  model: string;
  slots: number;
  busy: number;
  context: number | null;
  vision: boolean | null;
}

export interface BridgeParts {
  client: RequestClient;
  /** Null: no worker serves it. */
  find: (model: string) => RemoteModel | null;
  isConnected: () => boolean;
  apiKey: string;
  timeoutMs: number;
  logger: Pick<Logger, 'error'>;
}

const bodySchema = z.looseObject({ stream: z.boolean().nullish(), n: z.number().nullish() });

export class Bridge {
  readonly #parts: BridgeParts;
  readonly #server: Server;
  #url = '';

  constructor(parts: BridgeParts) {
    this.#parts = parts;
    this.#server = createServer((req, res) => void this.#serve(req, res));
  }

  async start(): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(0, '127.0.0.1', resolve);
    });
    this.#url = `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeAllConnections();
    await closed;
  }

  /** Of one model's endpoint. */
  baseUrl(model: string): string {
    return `${this.#url}/m/${topicWord(model)}`;
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    try {
      await this.#route(req, res);
    } catch (error) {
      if (!(error instanceof RequestFault))
        this.#parts.logger.error({ err: error }, 'the bridge to the broker failed');
      sendFault(
        res,
        error instanceof RequestFault
          ? error
          : new RequestFault('INTERNAL', 'The bridge to the broker failed.', { status: 500 }),
      );
    }
  }

  async #route(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const [, , word = '', ...rest] = new URL(req.url ?? '/', 'http://bridge').pathname.split('/');
    const path = rest.join('/');
    if (!this.#isAllowed(req))
      throw new RequestFault('UNAUTHORIZED', 'This listener is for the runner itself.', { status: 401 });
    const model = modelOf(word);
    const remote = this.#parts.find(model);
    if (remote === null)
      throw new RequestFault('no_worker', `No worker on the broker serves the model ${model} now.`);
    // A request waits a little for the broker to come back; a question for the state is answered as it is.
    if (req.method === 'GET' && !this.#parts.isConnected())
      throw new RequestFault('broker_down', 'The broker is not connected.');
    if (req.method === 'GET') return answerFacts(res, path, remote);
    if (req.method === 'POST' && path === 'v1/chat/completions') return this.#complete(req, res, model);
    throw new RequestFault('NOT_FOUND', 'Over the broker there are chat completions only.', { status: 404 });
  }

  async #complete(req: IncomingMessage, res: ServerResponse, model: string): Promise<void> {
    const body = bodySchema.safeParse(await readJson(req)).data;
    if (body === undefined)
      throw new RequestFault('bad_request', 'The body is not that of a chat completion.');
    if ((body.n ?? 1) > 1)
      throw new RequestFault('bad_request', 'Over the broker there is one choice per request: leave out n.');
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    const pieces = this.#parts.client.ask({
      model,
      body,
      timeoutMs: this.#parts.timeoutMs,
      signal: gone.signal,
    });
    const answer = { res, model, pieces };
    try {
      await (body.stream === true ? answerStreamed(answer) : answerWhole(answer));
    } catch (error) {
      if (!gone.signal.aborted) throw error;
    }
  }

  #isAllowed(req: IncomingMessage): boolean {
    const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
    return timingSafeEqual(digest(req.headers.authorization ?? ''), digest(`Bearer ${this.#parts.apiKey}`));
  }
}

function modelOf(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    throw new RequestFault('NOT_FOUND', 'There is no such model.', { status: 404 });
  }
}

/** As llama-server tells of itself: slots, context, images. */
function answerFacts(
  res: ServerResponse,
  path: string,
  { model, slots, busy, context, vision }: RemoteModel,
): void {
  if (path === 'v1/models')
    return sendJson(res, 200, {
      object: 'list',
      data: [{ id: model, object: 'model', created: 0, owned_by: 'mqtt' }],
    });
  if (path === 'health') return sendJson(res, 200, { status: 'ok' });
  if (path === 'slots')
    return sendJson(
      res,
      200,
      Array.from({ length: slots }, (_, id) => ({ id, is_processing: id < busy })),
    );
  if (path !== 'props') throw new RequestFault('NOT_FOUND', 'There is no such route.', { status: 404 });
  sendJson(res, 200, {
    model_alias: model,
    total_slots: slots,
    modalities: { vision },
    default_generation_settings: { n_ctx: context },
  });
}

async function readJson(req: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of req as AsyncIterable<Buffer>) {
    parts.push(part);
    size += part.length;
    if (size > MAX_REQUEST_BYTES)
      throw new RequestFault('too_large', `The request is longer than ${MAX_REQUEST_BYTES / 1024 ** 2} MB.`);
  }
  const body = Buffer.concat(parts);
  // Before it is parsed: to write it out again would overflow the stack.
  if (!isShallow(body))
    throw new RequestFault('bad_request', 'The request is nested deeper than workers read.');
  try {
    return JSON.parse(body.toString('utf8')) as unknown;
  } catch {
    throw new RequestFault('bad_request', 'The body is not JSON.');
  }
}
