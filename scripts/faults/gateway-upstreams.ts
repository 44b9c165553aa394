/** The upstreams of the gateway's fault run: each has one fault, always or at every n-th request, and records in a ledger what it received and sent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './gateway-faults.ts';

/** Shared by all upstreams and clients. Requests are known by their `x-request-id`. */
export class Ledger {
  /** Requests that reached an upstream after the beginning of an answer to them had been sent, by any upstream. */
  sentTwice = 0;
  readonly #begun = new Set<string>();
  readonly #waiting = new Map<string, () => void>();
  readonly #seen = new Set<string>();

  arrived(id: string): void {
    if (this.#begun.has(id)) this.sentTwice += 1;
  }

  begun(id: string): void {
    this.#begun.add(id);
  }

  /** The client has received the first bytes of its answer. */
  seen(id: string): void {
    this.#seen.add(id);
    this.#waiting.get(id)?.();
    this.#waiting.delete(id);
  }

  async untilSeen(id: string): Promise<void> {
    if (this.#seen.has(id)) return;
    await new Promise<void>((resolve) => this.#waiting.set(id, resolve));
  }
}

export interface UpstreamRequest {
  id: string;
  isStream: boolean;
  ledger: Ledger;
}

const infos: Record<string, string> = {
  '/health': '{"status":"ok"}',
  '/v1/models': '{"object":"list","data":[{"id":"m"}]}',
};

export class FaultyUpstream {
  url = '';
  /** How many requests met the fault, and how many were answered. */
  faults = 0;
  answers = 0;
  readonly #ledger: Ledger;
  /** Null: it always answers. */
  readonly #fault: Fault['act'] | null;
  /** The fault hits every n-th request. */
  readonly #every: number;
  #server: Server | null = null;
  #requests = 0;

  constructor(
    ledger: Ledger,
    { fault = null, every = 1 }: { fault?: Fault['act'] | null; every?: number } = {},
  ) {
    this.#ledger = ledger;
    this.#fault = fault;
    this.#every = every;
  }

  /** After a `stop` it listens on the same port again. */
  async start(): Promise<void> {
    const server = createServer((req, res) => void this.#serve(req, res).catch(() => res.destroy()));
    this.#server = server;
    server.listen(this.url === '' ? 0 : Number(new URL(this.url).port), '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** Like a kill: closes the port and cuts every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server === null) return;
    this.#server = null;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const info = infos[req.url ?? ''];
    if (info !== undefined) return void res.setHeader('content-type', 'application/json').end(info);
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const { stream } = JSON.parse(Buffer.concat(parts).toString()) as { stream?: boolean };
    const request: UpstreamRequest = {
      id: String(req.headers['x-request-id']),
      isStream: stream === true,
      ledger: this.#ledger,
    };
    this.#ledger.arrived(request.id);
    this.#requests += 1;
    if (this.#fault === null || this.#requests % this.#every !== 0) {
      this.answers += 1;
      return answer(res, request);
    }
    this.faults += 1;
    await this.#fault(res, request);
  }
}

/** What a good upstream sends, piece by piece. It contains the request's id, so that answers to the wrong request are noticed. */
export function answerTo(id: string, isStream: boolean): string[] {
  if (!isStream)
    return [
      `{"choices":[{"index":0,"message":{"role":"assistant","content":"This answers ${id},`,
      ` whole."}}]}`,
    ];
  const events = ['This', 'answers', id, 'in', 'pieces.'].map((content) =>
    JSON.stringify({ choices: [{ index: 0, delta: { content } }] }),
  );
  return [...events, '[DONE]'].map((data) => `data: ${data}\n\n`);
}

async function answer(res: ServerResponse, request: UpstreamRequest): Promise<void> {
  const [first = '', ...rest] = answerTo(request.id, request.isStream);
  begin(res, request, first);
  for (const piece of rest) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    res.write(piece);
  }
  res.end();
}

/** Sends the head and the first piece. */
export function begin(
  res: ServerResponse,
  { id, isStream, ledger }: UpstreamRequest,
  first = answerTo(id, isStream)[0] ?? '',
): void {
  res.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  ledger.begun(id);
  res.write(first);
}
