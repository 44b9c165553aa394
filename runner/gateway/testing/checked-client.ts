/** OpenAI's own SDK as a client; every raw answer and stream chunk that it gets is held against the published schemas when the test asks. */
import OpenAI from 'openai';
import type { ClientOptions } from 'openai';
import { expect } from 'vitest';
import { z } from 'zod';
import * as openai from './openai-shapes.ts';
import * as responses from './responses-shapes.ts';

interface RouteShapes {
  whole: z.ZodType;
  /** Of each event. */
  chunk?: z.ZodType;
}

/** By path behind `/v1`. */
export type Shapes = Readonly<Record<string, RouteShapes>> & Readonly<{ error: RouteShapes }>;

const MODELS = { '/models': { whole: openai.modelListShape }, '/models/': { whole: openai.modelShape } };

const PUBLISHED: Shapes = {
  ...MODELS,
  '/chat/completions': { whole: openai.chatShape, chunk: openai.chatChunkShape },
  '/completions': { whole: openai.completionShape, chunk: openai.completionChunkShape },
  '/embeddings': { whole: openai.embeddingsShape },
  '/responses': { whole: responses.responseShape, chunk: responses.responseEventShape },
  error: { whole: openai.errorShape },
};

/** The gateway passes its bytes, so what it leaves out is left out. */
export const OF_LLAMA_SERVER: Shapes = {
  ...PUBLISHED,
  '/chat/completions': { whole: openai.llamaChatShape, chunk: openai.chatChunkShape },
  '/responses': { whole: responses.llamaResponseShape, chunk: responses.llamaResponseEventShape },
  error: { whole: z.union([openai.errorShape, openai.llamaErrorShape]) },
};

export interface CheckedClient {
  client: OpenAI;
  /** Answers as they came: status, path behind `/v1`, headers. */
  answers: { status: number; path: string; headers: Headers }[];
  /** Waits for all bodies, and checks them; there must be at least `atLeast` whole answers and chunks. */
  check: (atLeast?: number) => Promise<void>;
}

/** `baseURL` ends with `/v1`. */
export function checkedClient(
  options: ClientOptions & { baseURL: string },
  shapes: Shapes = PUBLISHED,
): CheckedClient {
  const answers: CheckedClient['answers'] = [];
  const bodies: Promise<{ text: string; type: string; path: string; status: number }>[] = [];
  const checkedFetch: typeof fetch = async (input, init) => {
    const answer = await fetch(input, init);
    const path = new URL(input instanceof Request ? input.url : input).pathname.replace(/^\/v1/, '');
    const { status, headers } = answer;
    answers.push({ status, path, headers });
    const type = headers.get('content-type') ?? '';
    // A client that leaves in mid-answer leaves this copy, too.
    bodies.push(textOf(answer.clone()).then((text) => ({ text, type, path, status })));
    return answer;
  };
  const check = async (atLeast = 1): Promise<void> => {
    let count = 0;
    for (const { text, type, path, status } of await Promise.all(bodies))
      count += checkBody({
        text,
        type,
        shapes: shapesOf({ path, status }, shapes),
        shapesOfErrors: shapes.error,
      });
    expect(count).toBeGreaterThanOrEqual(atLeast);
  };
  return { client: new OpenAI({ apiKey: 'sk-test', ...options, fetch: checkedFetch }), answers, check };
}

function shapesOf({ path, status }: { path: string; status: number }, shapes: Shapes): RouteShapes {
  if (status >= 400) return shapes.error;
  const found = shapes[path.startsWith('/models/') ? '/models/' : path];
  if (found === undefined) throw new Error(`no shape for ${path}`);
  return found;
}

/** What came until it ended or broke. */
async function textOf(answer: Response): Promise<string> {
  let text = '';
  try {
    for await (const part of answer.body?.pipeThrough(new TextDecoderStream()) ?? []) text += part;
  } catch {
    return text;
  }
  return text;
}

interface Body {
  text: string;
  type: string;
  shapes: RouteShapes;
  shapesOfErrors: RouteShapes;
}

/** Answers how many objects it checked. */
function checkBody({ text, type, shapes, shapesOfErrors }: Body): number {
  if (!type.startsWith('text/event-stream')) {
    expect(shapes.whole.parse(JSON.parse(text))).toBeDefined();
    return 1;
  }
  const events = eventsOf(text);
  for (const event of events) {
    const isError = typeof event === 'object' && event !== null && 'error' in event;
    const shape = isError ? shapesOfErrors.whole : shapes.chunk;
    if (shape === undefined) throw new Error('a stream where there should be none');
    expect(shape.parse(event)).toBeDefined();
  }
  return events.length;
}

/** The JSON of all whole events but `[DONE]`. */
export function eventsOf(text: string): unknown[] {
  return text
    .split('\n\n')
    .slice(0, -1)
    .flatMap((event) => event.split('\n').filter((line) => line.startsWith('data: ')))
    .map((line) => line.slice('data: '.length))
    .filter((data) => data !== '[DONE]')
    .map((data) => JSON.parse(data) as unknown);
}
