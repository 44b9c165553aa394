/** The model servers of the MQTT mode's fault run: each answers as the request's body says and records what it received. */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** Fields of the request's body that set how the model server answers. */
export interface AnswerScript {
  id: string;
  /** Before the first token. */
  firstMs?: number;
  tokens?: number;
  /** Between two tokens. */
  everyMs?: number;
  prompt?: string;
}

/** A scripted model server that records its requests. */
export class ModelServer {
  /** Ids of the requests, in order. */
  readonly requests: string[] = [];
  /** When the client of a request left before the end, by the request's id. */
  readonly leftAt = new Map<string, number>();
  /** In characters. */
  longestPrompt = 0;
  readonly #server: Server = createServer((req, res) => void this.#serve(req, res));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  async #serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const infos: Record<string, unknown> = {
      '/health': { status: 'ok' },
      '/v1/models': { object: 'list', data: [{ id: 'm' }] },
      '/props': { total_slots: 16 },
      '/slots': [],
    };
    if (req.url !== '/v1/chat/completions') {
      res.writeHead(infos[req.url ?? ''] === undefined ? 404 : 200, { 'content-type': 'application/json' });
      return void res.end(JSON.stringify(infos[req.url ?? ''] ?? { error: { message: 'not found' } }));
    }
    const parts: Buffer[] = [];
    for await (const part of req as AsyncIterable<Buffer>) parts.push(part);
    await this.#answer(JSON.parse(Buffer.concat(parts).toString()) as { test: AnswerScript }, res);
  }

  async #answer({ test }: { test: AnswerScript }, res: ServerResponse): Promise<void> {
    const { id, firstMs = 0, tokens = 5, everyMs = 5, prompt = '' } = test;
    this.requests.push(id);
    this.longestPrompt = Math.max(this.longestPrompt, prompt.length);
    res.once('close', () => res.writableFinished || this.leftAt.set(id, performance.now()));
    res.writeHead(200, { 'content-type': 'text/event-stream' });
    res.flushHeaders();
    await pause(firstMs);
    for (let token = 0; token < tokens && !res.destroyed; token += 1) {
      res.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: `${token} ` } }] })}\n\n`);
      await pause(everyMs);
    }
    const end = {
      choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
      usage: { prompt_tokens: 1, completion_tokens: tokens, total_tokens: 1 + tokens },
    };
    res.end(`data: ${JSON.stringify(end)}\n\ndata: [DONE]\n\n`);
  }
}

/** The whole text of an answer. */
export function textOf(tokens: number): string {
  return Array.from({ length: tokens }, (_, token) => `${token} `).join('');
}
