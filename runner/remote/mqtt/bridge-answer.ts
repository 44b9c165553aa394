/** Writes the pieces of an answer as the OpenAI API has them: a stream of chunks, one completion, or an error. */
import type { ServerResponse } from 'node:http';
import { once } from 'node:events';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Piece } from './envelope.ts';
import { RequestFault } from './request-fault.ts';

export interface BridgeAnswer {
  res: ServerResponse;
  model: string;
  pieces: AsyncIterable<readonly Piece[]>;
}

const detailsSchema = z.object({ tokens: z.number().nullish(), context: z.number().nullish() }).catch({});

/** Codes of the chat that have another status here, as a model server would answer. */
const STATUS_OF_CHAT: ReadonlyMap<string, number> = new Map([
  ['CONTEXT_EXCEEDED', 400],
  ['IMAGE_NOT_SUPPORTED', 400],
  ['INVALID_REQUEST', 400],
  ['UPSTREAM_TIMEOUT', 504],
  ['ENDPOINT_OFFLINE', 503],
  ['ENDPOINT_LOADING', 503],
]);

/** The head goes out with the first piece: until then a failure has its own status. */
export async function answerStreamed({ res, model, pieces }: BridgeAnswer): Promise<void> {
  const frame = {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion.chunk',
    created: seconds(),
    model,
  };
  try {
    for await (const batch of pieces) {
      if (!res.headersSent)
        res.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-cache' });
      const text = batch
        .flatMap((piece) =>
          chunksOf(piece).map((rest) => `data: ${JSON.stringify({ ...frame, ...rest })}\n\n`),
        )
        .join('');
      if (!res.write(text)) await Promise.race([once(res, 'drain'), once(res, 'close')]);
    }
    res.end('data: [DONE]\n\n');
  } catch (error) {
    if (!res.headersSent) throw error;
    const fault =
      error instanceof RequestFault
        ? error
        : new RequestFault('INTERNAL', 'The answer could not be passed on.');
    res.end(`data: ${JSON.stringify(errorOf(fault))}\n\n`);
    if (fault !== error) throw error;
  }
}

export async function answerWhole({ res, model, pieces }: BridgeAnswer): Promise<void> {
  const message = {
    role: 'assistant',
    content: '',
    reasoning_content: '',
    tool_calls: new Map<number, ToolCall>(),
  };
  let end: Partial<Extract<Piece, { done: true }>> = {};
  for await (const piece of flat(pieces)) {
    if ('content' in piece) message.content += piece.content;
    else if ('reasoning' in piece) message.reasoning_content += piece.reasoning;
    else if ('tool_calls' in piece) for (const call of piece.tool_calls) addCall(message.tool_calls, call);
    else if ('done' in piece) end = piece;
  }
  const calls = [...message.tool_calls.values()];
  sendJson(res, 200, {
    id: `chatcmpl-${randomUUID()}`,
    object: 'chat.completion',
    created: seconds(),
    model,
    choices: [
      {
        index: 0,
        message: {
          role: 'assistant',
          content: message.content === '' && calls.length > 0 ? null : message.content,
          ...(message.reasoning_content === '' ? {} : { reasoning_content: message.reasoning_content }),
          ...(calls.length === 0 ? {} : { tool_calls: calls }),
        },
        finish_reason: end.finish_reason ?? 'stop',
      },
    ],
    ...(end.usage ? { usage: end.usage } : {}),
    ...(end.timings === undefined ? {} : { timings: end.timings }),
  });
}

export function sendJson(res: ServerResponse, status: number, body: object): void {
  if (res.headersSent || res.destroyed) return;
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(JSON.stringify(body));
}

/** Also for a request whose body was not read to its end. */
export function sendFault(res: ServerResponse, fault: RequestFault): void {
  if (res.headersSent) return void res.end();
  if (!res.req.complete) res.setHeader('connection', 'close');
  sendJson(res, STATUS_OF_CHAT.get(fault.code) ?? fault.status, errorOf(fault));
}

function errorOf({ code, message, details }: RequestFault): object {
  if (code !== 'CONTEXT_EXCEEDED')
    return {
      error: {
        message,
        type: code === 'bad_request' ? 'invalid_request_error' : 'server_error',
        param: null,
        code,
      },
    };
  const { tokens, context } = detailsSchema.parse(details);
  // As llama-server says it: clients know this type.
  return {
    error: {
      message,
      type: 'exceed_context_size_error',
      param: null,
      code: 400,
      n_prompt_tokens: tokens,
      n_ctx: context,
    },
  };
}

function chunksOf(piece: Piece): object[] {
  const delta = (content: object, finish: string | null = null): object => ({
    choices: [{ index: 0, delta: content, finish_reason: finish }],
  });
  if ('content' in piece) return [delta({ content: piece.content })];
  if ('reasoning' in piece) return [delta({ reasoning_content: piece.reasoning })];
  if ('tool_calls' in piece) return [delta({ tool_calls: piece.tool_calls })];
  if ('progress' in piece) return [{ ...delta({}), prompt_progress: { ...piece.progress } }];
  const figures = {
    ...(piece.usage ? { usage: piece.usage } : {}),
    ...(piece.timings === undefined ? {} : { timings: piece.timings }),
  };
  return [
    delta({}, piece.finish_reason ?? 'stop'),
    ...(Object.keys(figures).length === 0 ? [] : [{ choices: [], ...figures }]),
  ];
}

interface ToolCall {
  function: { arguments: string };
}

/** A streamed call comes in parts with the same index: the first one names it, the others go on with its arguments. */
function addCall(calls: Map<number, ToolCall>, part: unknown): void {
  if (typeof part !== 'object' || part === null) return;
  const { index = calls.size, ...rest } = part as { index?: number; function?: { arguments?: string } };
  const known = calls.get(index);
  const more = rest.function?.arguments ?? '';
  if (known === undefined) calls.set(index, { ...rest, function: { ...rest.function, arguments: more } });
  else known.function.arguments += more;
}

async function* flat(batches: AsyncIterable<readonly Piece[]>): AsyncGenerator<Piece> {
  for await (const batch of batches) yield* batch;
}

function seconds(): number {
  return Math.floor(Date.now() / 1000);
}
