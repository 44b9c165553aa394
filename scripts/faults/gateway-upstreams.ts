/** The upstreams of the gateway's fault run: each does one fault to what it is asked, always or at times, and writes into a ledger what it got and sent. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Fault } from './gateway-faults.ts';

/** One for all upstreams and clients. Requests go by their `x-request-id`. */
export class Ledger {
  /** Requests that an upstream got after another, or itself, had sent something of an answer to them. */
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

  /** The client has the first bytes of its answer. */
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

export interface Asked {
  id: string;
  isStream: boolean;
  ledger: Ledger;
}

const infos: Record<string, string> = { '/health': '{"status":"ok"}', '/v1/models': '{"object":"list","data":[{"id":"m"}]}' };

export class FaultyUpstream {
  url = '';
  /** How often it did its fault, and how often it answered. */
  faults = 0;
  answers = 0;
  readonly #ledger: Ledger;
  /** Null: answers always. */
  readonly #fault: Fault['act'] | null;
  /** Its fault befalls each request of that number. */
  readonly #every: number;
  #server: Server | null = null;
  #requests = 0;

  constructor(ledger: Ledger, { fault = null, every = 1 }: { fault?: Fault['act'] | null; every?: number } = {}) {
    this.#ledger = ledger;
    this.#fault = fault;
    this.#every = every;
  }

  /** Again at the port that it had. */
  async start(): Promise<void> {
    const server = createServer((req, res) => void this.#serve(req, res).catch(() => res.destroy()));
    this.#server = server;
    server.listen(this.url === '' ? 0 : Number(new URL(this.url).port), '127.0.0.1');
    await once(server, 'listening');
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  /** As a kill does: the port is closed, and every connection cut. */
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
    const asked: Asked = { id: String(req.headers['x-request-id']), isStream: stream === true, ledger: this.#ledger };
    this.#ledger.arrived(asked.id);
    this.#requests += 1;
    if (this.#fault === null || this.#requests % this.#every !== 0) {
      this.answers += 1;
      return answer(res, asked);
    }
    this.faults += 1;
    await this.#fault(res, asked);
  }
}

/** What a good upstream sends, in the pieces in which it sends it: of the request's own id, so that mixed up answers are seen. */
export function answerTo(id: string, isStream: boolean): string[] {
  if (!isStream) return [`{"choices":[{"index":0,"message":{"role":"assistant","content":"This answers ${id},`, ` whole."}}]}`];
  const events = ['This', 'answers', id, 'in', 'pieces.'].map((content) => JSON.stringify({ choices: [{ index: 0, delta: { content } }] }));
  return [...events, '[DONE]'].map((data) => `data: ${data}\n\n`);
}

async function answer(res: ServerResponse, asked: Asked): Promise<void> {
  const [first = '', ...rest] = answerTo(asked.id, asked.isStream);
  begin(res, asked, first);
  for (const piece of rest) {
    await new Promise((resolve) => setTimeout(resolve, 2));
    res.write(piece);
  }
  res.end();
}

/** The head and the first piece. */
export function begin(res: ServerResponse, { id, isStream, ledger }: Asked, first = answerTo(id, isStream)[0] ?? ''): void {
  res.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' });
  ledger.begun(id);
  res.write(first);
}
