/** Reads server-sent events from a byte stream, however the bytes are cut into chunks. */
import { createParser } from 'eventsource-parser';

export interface StreamEvent {
  name: string;
  data: string;
  /** The SSE id, where the event carries one. */
  id: string | null;
}

interface EventReader {
  /** Called once per event, in order. */
  onEvent: (event: StreamEvent) => void;
  /** Bytes arrived, even if only a heartbeat. */
  onAlive: () => void;
}

/** Resolves when the stream ends; rejects when it breaks or a handler throws. An event cut off by the end is not delivered. */
export async function readEvents(body: ReadableStream<Uint8Array>, reader: EventReader): Promise<void> {
  const parser = createParser({
    onEvent: (event) =>
      reader.onEvent({ name: event.event ?? 'message', data: event.data, id: event.id ?? null }),
  });
  const decoder = new TextDecoder();
  const source = body.getReader();
  try {
    for (;;) {
      const { done, value } = await source.read();
      if (done) return;
      reader.onAlive();
      parser.feed(decoder.decode(value, { stream: true }));
    }
  } finally {
    await source.cancel().catch(() => undefined);
  }
}
