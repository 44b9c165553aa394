/** Reads the pieces of a chat completion off the bytes of a response, streamed or whole, however its events are cut. */
import { createParser } from 'eventsource-parser';
import { AppError } from '../../base/errors.ts';
import type { OpenResponse } from '../serving-request.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import type { Delta } from './delta.ts';
import { bytesOf, readText } from './read-bytes.ts';
import { readChunk } from './read-chunk.ts';
import { cutAnswer, renderAppError, serverError, webPage } from './render-app-error.ts';

const MAX_ERROR_BYTES = 64 * 1024;
const MAX_EVENT_LENGTH = 8 * 1024 ** 2;
const MAX_WHOLE_ANSWER_BYTES = 64 * 1024 * 1024;

/** Ends when the server has finished. Throws AppError when it did not, and the signal's reason when that was aborted. Leaving the loop stops the generation. */
export async function* deltasOf(response: OpenResponse): AsyncGenerator<readonly Delta[]> {
  try {
    const { status, headers } = response.head;
    const type = headers['content-type'] ?? '';
    if (status !== 200) {
      const body = await readText(response, MAX_ERROR_BYTES);
      throw serverError({ status, body: masked(body, response.apiKey) });
    }
    if (/html/i.test(type)) {
      response.leave(false);
      throw webPage();
    }
    // A server that does not stream answers as a whole.
    if (/json/i.test(type)) yield readChunk(await readText(response, MAX_WHOLE_ANSWER_BYTES));
    else yield* deltasOfEvents(response);
  } catch (error) {
    throw error instanceof UpstreamFailure ? renderAppError(error) : error;
  }
}

async function* deltasOfEvents(response: OpenResponse): AsyncGenerator<readonly Delta[]> {
  const reader = new DeltaReader();
  for await (const bytes of bytesOf(response)) {
    const deltas = reader.read(bytes);
    // The answer is complete: its connection can serve the next request.
    if (reader.isDone) response.leave(true);
    if (deltas.length > 0) yield deltas;
    // What came before a faulty event has been handed over.
    if (reader.fault !== null) throw reader.fault;
    if (reader.isDone) return;
  }
  // Some servers leave out [DONE]; without either, the end is a cut.
  if (!reader.hasFinished) throw cutAnswer(new Error('the stream ended before the answer did'));
}

/** Some servers repeat what they were sent. */
function masked(text: string, apiKey: string | null): string {
  return apiKey === null || apiKey === '' ? text : text.replaceAll(apiKey, '***');
}

class DeltaReader {
  isDone = false;
  hasFinished = false;
  fault: AppError | null = null;
  #deltas: Delta[] = [];
  readonly #decoder = new TextDecoder();
  readonly #parser = createParser({
    onEvent: ({ data }) => this.#take(data),
    // Without a line's end nothing would ever be handed over.
    maxBufferSize: MAX_EVENT_LENGTH,
    onError: ({ type }) => {
      if (type === 'max-buffer-size-exceeded') this.fault ??= cutAnswer(new Error(type));
    },
  });

  read(bytes: Buffer): readonly Delta[] {
    this.#parser.feed(this.#decoder.decode(bytes, { stream: true }));
    const deltas = this.#deltas;
    this.#deltas = [];
    return deltas;
  }

  #take(data: string): void {
    if (this.fault !== null || this.isDone) return;
    if (data === '[DONE]') {
      this.isDone = true;
      return;
    }
    try {
      const deltas = readChunk(data);
      this.hasFinished ||= deltas.some(({ kind }) => kind === 'finish');
      this.#deltas.push(...deltas);
    } catch (error) {
      this.fault = error instanceof AppError ? error : cutAnswer(error);
    }
  }
}
