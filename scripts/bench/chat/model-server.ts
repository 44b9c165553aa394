/**
 * A scripted OpenAI server: 50 tokens per second and stream, each with its number and the time it was sent at (monotonic clock, ms). Model
 * "batch" sends the tokens of all streams at one instant, as llama-server computes them; "spread" sends each stream's at its own.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monotonicMs } from '../measuring/monotonic-ms.ts';

const TOKEN_EVERY_MS = 20;

interface Stream {
  response: ServerResponse;
  sent: number;
  tokens: number;
}

const batch = new Set<Stream>();
const infos: Record<string, unknown> = {
  '/health': { status: 'ok' },
  '/v1/models': { data: [{ id: 'batch' }, { id: 'spread' }] },
  '/props': { default_generation_settings: { n_ctx: 8192 }, total_slots: 256, modalities: { vision: false } },
  '/slots': [],
};

/** Returns whether more tokens follow. */
function sendToken(stream: Stream): boolean {
  const content = `${stream.sent}@${monotonicMs().toFixed(3)} `;
  const chunk = {
    choices: [{ index: 0, delta: { content }, finish_reason: null }],
    model: 'batch',
    object: 'chat.completion.chunk',
  };
  stream.response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  stream.sent += 1;
  if (stream.sent < stream.tokens) return true;
  const usage = { prompt_tokens: 10, completion_tokens: stream.tokens, total_tokens: stream.tokens + 10 };
  const finish = { choices: [{ index: 0, delta: {}, finish_reason: 'length' }], model: 'batch' };
  stream.response.end(
    `data: ${JSON.stringify(finish)}\n\ndata: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`,
  );
  return false;
}

/** Sends the first token at once, so that its whole delay is the gateway's. */
function begin(stream: Stream, pace: string): void {
  stream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (!sendToken(stream)) return;
  if (pace === 'batch') return void batch.add(stream);
  setTimeout(() => {
    const timer = setInterval(() => sendToken(stream) || clearInterval(timer), TOKEN_EVERY_MS);
  }, Math.random() * TOKEN_EVERY_MS);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  let body = '';
  for await (const part of request) body += String(part);
  return JSON.parse(body) as Record<string, unknown>;
}

const server = createServer((request, response) => {
  const info = infos[request.url ?? ''];
  if (info !== undefined)
    return void response.setHeader('content-type', 'application/json').end(JSON.stringify(info));
  if (request.url !== '/v1/chat/completions') return void response.writeHead(404).end('{}');
  void readBody(request).then((body) =>
    begin({ response, sent: 0, tokens: Number(body['max_tokens']) }, String(body['model'])),
  );
});

setInterval(() => {
  for (const stream of batch) if (!sendToken(stream)) batch.delete(stream);
}, TOKEN_EVERY_MS);
server.listen(0, '127.0.0.1', 1_000, () =>
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
