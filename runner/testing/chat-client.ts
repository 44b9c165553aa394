/** A chat client for tests: posts a request and reads the frames of its stream. */
import { createParser } from 'eventsource-parser';
import { onTestFinished } from 'vitest';

export type AnyFrame = Record<string, unknown>;

export interface ChatStream {
  status: number;
  headers: Headers;
  /** The next frame; null at the end of the stream. */
  next: () => Promise<AnyFrame | null>;
  /** All frames to the end. */
  rest: () => Promise<AnyFrame[]>;
  /** The SSE ids seen so far. */
  ids: string[];
  /** Of an answer that is no stream. */
  body: () => Promise<Record<string, unknown>>;
  leave: () => void;
}

export interface ChatStreamOptions {
  headers?: Record<string, string>;
  method?: 'GET' | 'POST';
}

export async function chatStream(
  url: string,
  body: object | null,
  { headers = {}, method = 'POST' }: ChatStreamOptions = {},
): Promise<ChatStream> {
  const connection = new AbortController();
  onTestFinished(() => connection.abort());
  const response = await fetch(url, {
    method,
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === null ? {} : { body: JSON.stringify(body) }),
    signal: connection.signal,
  });
  const ids: string[] = [];
  const frames = framesOf(response, ids);
  const next = async (): Promise<AnyFrame | null> => {
    const { value, done } = await frames.next();
    return done === true ? null : value;
  };
  return {
    status: response.status,
    headers: response.headers,
    next,
    ids,
    rest: async () => {
      const seen: AnyFrame[] = [];
      for (let frame = await next(); frame !== null; frame = await next()) seen.push(frame);
      return seen;
    },
    body: async () => (await response.json()) as Record<string, unknown>,
    leave: () => connection.abort(),
  };
}

/** The text of the content frames. */
export function contentOf(frames: readonly AnyFrame[]): string {
  return frames.map((frame) => (typeof frame['content'] === 'string' ? frame['content'] : '')).join('');
}

async function* framesOf(response: Response, ids: string[]): AsyncGenerator<AnyFrame, undefined> {
  const parsed: AnyFrame[] = [];
  const parser = createParser({
    onEvent: ({ data, id }) => {
      parsed.push(JSON.parse(data) as AnyFrame);
      if (id !== undefined) ids.push(id);
    },
  });
  const decoder = new TextDecoder();
  for await (const bytes of response.body ?? []) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    yield* parsed.splice(0);
  }
}
