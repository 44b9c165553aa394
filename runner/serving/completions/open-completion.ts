/** Has a chat completion served, as a stream, for a face that reads its pieces rather than its bytes. */
import { AppError, messageOf } from '../../base/errors.ts';
import type { Candidate } from '../models/models-of-endpoints.ts';
import type { OpenResponse, ServingRequest } from '../serving-request.ts';
import type { Serving } from '../serving.ts';
import { UpstreamFailure } from '../upstream-failure.ts';
import { renderAppError } from './render-app-error.ts';

const PATH = '/v1/chat/completions';
const HEADERS = { 'content-type': 'application/json', accept: 'text/event-stream' };

export interface CompletionRequest extends Pick<
  ServingRequest,
  'chain' | 'conversation' | 'onPlace' | 'onAsk' | 'signal'
> {
  /** The body for the server that was chosen. */
  body: (candidate: Candidate) => Promise<Record<string, unknown>>;
}

/** Rejects with an AppError, the signal's reason, or what `body` threw. */
export async function openCompletion(
  serving: Pick<Serving, 'open'>,
  { body, ...request }: CompletionRequest,
): Promise<OpenResponse> {
  try {
    return await serving.open({
      ...request,
      path: PATH,
      gatewayPath: PATH,
      headers: HEADERS,
      hops: '',
      body: async (candidate) => toJson(await body(candidate)),
      heldBytes: 0,
      fits: () => true,
    });
  } catch (error) {
    throw error instanceof UpstreamFailure ? renderAppError(error) : error;
  }
}

function toJson(body: Record<string, unknown>): Buffer {
  try {
    return Buffer.from(JSON.stringify(body));
  } catch (error) {
    throw new AppError(
      'INVALID_REQUEST',
      `The request cannot be passed on: ${messageOf(error)}. Send less deeply nested values.`,
      { cause: error },
    );
  }
}
