/** An upstream whose every byte is the test's: what came is kept raw, what is answered is written by hand, down to the socket. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';
import { waitUntil } from '../../testing/wait-until.ts';

interface RawRequest {
  path: string;
  headers: IncomingMessage['headers'];
  body: Buffer;
  /** Aborted when the gateway closed the connection before it had the answer. */
  gone: AbortSignal;
}

export type RawScript = (res: ServerResponse, request: RawRequest) => void | Promise<void>;

export interface RawUpstream {
  url: string;
  requests: RawRequest[];
  script: RawScript;
  close: () => Promise<void>;
}

export const USAGE = { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 };

/** Says "hello" in the way that was asked for, until it gets another script. */
export async function rawUpstream(script: RawScript = sayHello): Promise<RawUpstream> {
  const upstream: RawUpstream = { url: '', requests: [], script, close: async () => {} };
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const gone = new AbortController();
    res.once('close', () => res.writableFinished || gone.abort());
    const parts: Buffer[] = [];
    for await (const part of req) parts.push(part as Buffer);
    const request = {
      path: req.url ?? '',
      headers: req.headers,
      body: Buffer.concat(parts),
      gone: gone.signal,
    };
    upstream.requests.push(request);
    await upstream.script(res, request);
  };
  const server = createServer((req, res) => void serve(req, res).catch(() => res.destroy()));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(() => upstream.close());
  return upstream;
}

export const sayHello: RawScript = (res, { body }) => {
  const { stream } = JSON.parse(body.toString()) as { stream?: boolean };
  if (stream === true)
    return sayStream('hel', 'lo')(res, { path: '', headers: {}, body, gone: new AbortController().signal });
  return answerJson(200, {
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm',
    choices: [choice('hello')],
    usage: USAGE,
  })(res);
};

/** These words, the usage, and `[DONE]`. */
export function sayStream(...words: string[]): RawScript {
  return (res) => {
    openStream(res);
    for (const word of words) res.write(chunkOf(word));
    res.end(`data: ${JSON.stringify({ ...CHUNK, choices: [], usage: USAGE })}\n\ndata: [DONE]\n\n`);
  };
}

export function openStream(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
  res.flushHeaders();
}

const CHUNK = { id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm' };

export function chunkOf(content: string): string {
  return `data: ${JSON.stringify({ ...CHUNK, choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`;
}

export function answerJson(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): (res: ServerResponse) => void {
  return (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(typeof body === 'string' ? body : JSON.stringify(body));
  };
}

/** Waits until the gateway has closed the connection of the upstream's latest request; says how long that took. */
export async function msUntilGone(upstream: RawUpstream): Promise<number> {
  const startedAt = performance.now();
  await waitUntil('the upstream to be left', () => upstream.requests.at(-1)?.gone.aborted);
  return performance.now() - startedAt;
}

function choice(content: string): object {
  return { index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' };
}
