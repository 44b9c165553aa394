/** A real SSE reader for tests: events of one response as an async iterable, ended by `close()`, by the server, or cut after some bytes. */
import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  event: string;
  /** The JSON of the event. */
  data: Record<string, unknown>;
  id: string | undefined;
}

export interface EventReader extends AsyncIterable<StreamEvent> {
  status: number;
  headers: Headers;
  /** Reads on until `isLast`; returns what was read, that event included. */
  until: (isLast: (event: StreamEvent) => boolean) => Promise<StreamEvent[]>;
  close: () => void;
}

export interface ReadStreamOptions {
  headers?: Record<string, string>;
  /** Cuts the connection after this many bytes, wherever in an event that is. */
  cutAfterBytes?: number;
}

export async function readStream(url: string, options: ReadStreamOptions = {}): Promise<EventReader> {
  const connection = new AbortController();
  const response = await fetch(url, {
    headers: { accept: 'text/event-stream', ...options.headers },
    signal: connection.signal,
  });
  const events = eventsOf(response, options.cutAfterBytes ?? Infinity, connection);
  return {
    status: response.status,
    headers: response.headers,
    [Symbol.asyncIterator]: () => events,
    until: async (isLast) => {
      const seen: StreamEvent[] = [];
      for (;;) {
        const { done, value } = await events.next();
        if (done === true)
          throw new Error(`the stream ended after ${seen.length} events: ${JSON.stringify(seen.slice(-3))}`);
        seen.push(value);
        if (isLast(value)) return seen;
      }
    },
    close: () => connection.abort(),
  };
}

async function* eventsOf(
  response: Response,
  maxBytes: number,
  connection: AbortController,
): AsyncGenerator<StreamEvent, void> {
  const parsed: StreamEvent[] = [];
  const parser = createParser({
    onEvent: ({ event, data, id }) =>
      parsed.push({ event: event ?? 'message', data: JSON.parse(data) as StreamEvent['data'], id }),
  });
  const decoder = new TextDecoder();
  let left = maxBytes;
  try {
    for await (const chunk of response.body ?? []) {
      parser.feed(decoder.decode(chunk.subarray(0, left), { stream: true }));
      left -= chunk.length;
      yield* parsed.splice(0);
      if (left > 0) continue;
      connection.abort();
      return;
    }
  } catch (error) {
    // A runner that was killed breaks the connection: for a viewer that is the end of the stream, as is its own close().
    if (!connection.signal.aborted && !(error instanceof TypeError)) throw error;
  }
}
