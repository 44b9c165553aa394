/**
 * The scripted model server behind the gateways of the benchmark. A whole response comes at once. A stream sends `max_tokens` tokens, the first
 * at once, each with its number and the time it was sent at (monotonic clock, ms). The field `user`, which every gateway passes on, holds the
 * pace: "batch 20" sends the tokens of all streams at one instant every 20 ms, "spread 20" each stream's at its own.
 * `node model-server.ts [<slots>]` prints its URL; with a number of slots it reports them at `/props`.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { monotonicMs } from '../measuring/monotonic-ms.ts';

interface Stream {
  response: ServerResponse;
  sent: number;
  tokens: number;
}

const common = { id: 'chatcmpl-bench', created: 1_700_000_000, model: 'bench' };
const usage = { prompt_tokens: 200, completion_tokens: 120, total_tokens: 320 };
const message = { role: 'assistant', content: 'All the words of a whole answer. '.repeat(16) };
const WHOLE = JSON.stringify({
  ...common,
  object: 'chat.completion',
  choices: [{ index: 0, message, finish_reason: 'stop' }],
  usage,
});
const infos: Record<string, string> = {
  '/health': '{"status":"ok"}',
  '/v1/models': '{"object":"list","data":[{"id":"bench","object":"model"}]}',
};
const [slots] = process.argv.slice(2);
if (slots !== undefined) infos['/props'] = `{"total_slots":${Number(slots)}}`;
/** Streams in step, by the ms between their tokens. */
const batches = new Map<number, Set<Stream>>();

function eventOf(choice: object): string {
  return `data: ${JSON.stringify({ ...common, object: 'chat.completion.chunk', choices: [{ index: 0, ...choice }] })}\n\n`;
}

/** Returns whether more tokens follow. */
function sendToken(stream: Stream): boolean {
  if (stream.response.destroyed) return false;
  const content = `${stream.sent}@${monotonicMs().toFixed(3)} `;
  stream.response.write(eventOf({ delta: { content }, finish_reason: null }));
  stream.sent += 1;
  if (stream.sent < stream.tokens) return true;
  stream.response.end(`${eventOf({ delta: {}, finish_reason: 'length' })}data: [DONE]\n\n`);
  return false;
}

function begin(stream: Stream, [pace = '', every = '']: string[]): void {
  stream.response.writeHead(200, { 'content-type': 'text/event-stream' });
  if (!sendToken(stream)) return;
  const everyMs = Number(every);
  if (pace === 'batch') return void batchOf(everyMs).add(stream);
  setTimeout(() => {
    const timer = setInterval(() => sendToken(stream) || clearInterval(timer), everyMs);
  }, Math.random() * everyMs);
}

function batchOf(everyMs: number): Set<Stream> {
  let batch = batches.get(everyMs);
  if (batch !== undefined) return batch;
  batch = new Set();
  batches.set(everyMs, batch);
  setInterval(() => {
    for (const stream of batch) if (!sendToken(stream)) batch.delete(stream);
  }, everyMs);
  return batch;
}

function respond(
  response: ServerResponse,
  { stream, max_tokens: tokens, user }: Record<string, unknown>,
): void {
  if (stream === true) return begin({ response, sent: 0, tokens: Number(tokens) }, String(user).split(' '));
  response.writeHead(200, { 'content-type': 'application/json', 'content-length': WHOLE.length }).end(WHOLE);
}

async function readBody(request: IncomingMessage): Promise<Record<string, unknown>> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return JSON.parse(Buffer.concat(parts).toString()) as Record<string, unknown>;
}

const server = createServer((request, response) => {
  const info = infos[request.url ?? ''];
  if (info !== undefined) return void response.setHeader('content-type', 'application/json').end(info);
  if (request.url !== '/v1/chat/completions') return void response.writeHead(404).end('{}');
  void readBody(request).then((body) => respond(response, body));
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', 1_000, () =>
  process.stdout.write(`http://127.0.0.1:${(server.address() as AddressInfo).port}\n`),
);
