/** An OpenAI server that misbehaves on command: each chat request is handed to the test's script. A real engine cannot reset, hang or send garbage when asked. */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { onTestFinished } from 'vitest';

interface UpstreamRequest {
  body: Record<string, unknown>;
  headers: IncomingMessage['headers'];
  /** Aborted when the client closed the connection before it had its answer. */
  gone: AbortSignal;
}

type PathAnswer = (body: Record<string, unknown>) => unknown;

export type ChatScript = (res: ServerResponse, request: UpstreamRequest) => void | Promise<void>;

export interface ScriptedUpstream {
  url: string;
  /** Bodies of the chat requests so far. */
  requests: UpstreamRequest[];
  /** What the next chat requests get. */
  script: ChatScript;
  /** Other paths: `/props`, `/slots`, `/tokenize`, `/health`. Absent: 404; a promise: when it resolves. */
  answers: Record<string, PathAnswer>;
  close: () => Promise<void>;
}

/** Says hello until the test gives it another script. */
export async function scriptedUpstream(
  script: ChatScript = sayWords('hello', ' there'),
): Promise<ScriptedUpstream> {
  const upstream: ScriptedUpstream = {
    url: '',
    requests: [],
    script,
    answers: { '/v1/models': modelList },
    close: async () => {},
  };
  const serve = async (req: IncomingMessage, res: ServerResponse): Promise<void> => {
    const body = await readBody(req);
    const path = new URL(req.url ?? '/', 'http://x').pathname;
    if (path !== '/v1/chat/completions') return answerPath(upstream.answers[path], body, res);
    const gone = new AbortController();
    res.once('close', () => res.writableFinished || gone.abort());
    const request = { body, headers: req.headers, gone: gone.signal };
    upstream.requests.push(request);
    await upstream.script(res, request);
  };
  const server = createServer((req, res) => void serve(req, res));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  upstream.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream.close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  onTestFinished(() => upstream.close());
  return upstream;
}

export function openEvents(res: ServerResponse): void {
  res.writeHead(200, { 'content-type': 'text/event-stream' });
}

export function chunkOf(delta: object, rest: object = {}): string {
  return `data: ${JSON.stringify({ model: 'scripted', choices: [{ index: 0, delta, finish_reason: null }], ...rest })}\n\n`;
}

export const FINISH = `data: ${JSON.stringify({
  model: 'scripted',
  choices: [{ index: 0, delta: {}, finish_reason: 'stop' }],
})}\n\ndata: ${JSON.stringify({
  choices: [],
  usage: { prompt_tokens: 5, completion_tokens: 2, total_tokens: 7 },
  timings: { predicted_per_second: 40 },
})}\n\ndata: [DONE]\n\n`;

/** A whole answer of these pieces. */
export function sayWords(...words: string[]): ChatScript {
  return (res) => {
    openEvents(res);
    for (const content of words) res.write(chunkOf({ content }));
    res.end(FINISH);
  };
}

/** These pieces, then silence until the client goes. */
export function sayAndHang(...words: string[]): ChatScript {
  return (res) => {
    openEvents(res);
    res.flushHeaders();
    for (const content of words) res.write(chunkOf({ content }));
  };
}

export function answerJson(status: number, body: unknown, headers: Record<string, string> = {}): ChatScript {
  return (res) => {
    res.writeHead(status, { 'content-type': 'application/json', ...headers });
    res.end(JSON.stringify(body));
  };
}

const modelList = (): unknown => ({ object: 'list', data: [{ id: 'scripted' }] });

async function answerPath(
  answer: PathAnswer | undefined,
  body: Record<string, unknown>,
  res: ServerResponse,
): Promise<void> {
  const content =
    answer === undefined ? { error: { message: 'File Not Found', code: 404 } } : await answer(body);
  res.writeHead(answer === undefined ? 404 : 200, { 'content-type': 'application/json' });
  res.end(JSON.stringify(content));
}

async function readBody(req: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of req) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString('utf8');
  return text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
}
