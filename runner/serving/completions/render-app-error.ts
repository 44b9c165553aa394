/** Renders failures as AppErrors, in words for the user of the page: an UpstreamFailure, and what a server said in a response that had begun. */
import { z } from 'zod';
import { AppError, messageOf } from '../../base/errors.ts';
import type { UpstreamFailure } from '../upstream-failure.ts';

const errorSchema = z.object({
  message: z.string().optional(),
  type: z.string().optional(),
  code: z.union([z.string(), z.number()]).nullish(),
  n_prompt_tokens: z.number().optional(),
  n_ctx: z.number().optional(),
});
/** `{error: {…}}` (OpenAI, llama-server), `{error: "…"}` (Ollama), `{detail}` (FastAPI). */
const bodySchema = z.object({
  error: z.union([errorSchema, z.string()]).nullish(),
  detail: z.unknown().optional(),
});

/** A refusal as an AppError. `status` null: it came within a stream that had begun. */
export function serverError({ status, body }: { status: number | null; body: string }): AppError {
  if (/^\s*</.test(body)) return webPage();
  const error = errorOf(body);
  const said = error.message ?? body.slice(0, 500);
  if (
    error.type === 'exceed_context_size_error' ||
    /exceeds? the (available )?context|context (length|size|window)/i.test(said)
  ) {
    return contextExceeded({ tokens: error.n_prompt_tokens ?? null, context: error.n_ctx ?? null });
  }
  if (/(image|multimodal|vision).*(not support|unsupported)|not support.*(image|vision)|mmproj/i.test(said))
    return noImages();
  if (status === 401 || status === 403) {
    return refusedKey();
  }
  if (status === 503 && /loading/i.test(said)) return stillLoading();
  if (status === 404) {
    return new AppError(
      'UPSTREAM_REFUSED',
      `The server knows no such model or address: ${said || 'it answered 404'}. Check the model's name and the base URL.`,
    );
  }
  const how =
    status === null ? 'The server broke the answer off' : `The server refused the request (${status})`;
  return new AppError('UPSTREAM_REFUSED', `${how}: ${said || 'it did not say why'}.`.replace(/\.\.$/, '.'));
}

export function contextExceeded({
  tokens,
  context,
}: {
  tokens: number | null;
  context: number | null;
}): AppError {
  const numbers =
    tokens === null || context === null ? '' : ` (${tokens} tokens, the context holds ${context})`;
  return new AppError(
    'CONTEXT_EXCEEDED',
    `The message is longer than the model's context${numbers}. Shorten it, or launch the model with a larger context.`,
    {
      details: { tokens, context },
    },
  );
}

export function noImages(): AppError {
  return new AppError(
    'IMAGE_NOT_SUPPORTED',
    'This model reads text only. Send the message without images, or to a vision model (launched with its mmproj file).',
  );
}

export function webPage(): AppError {
  return new AppError(
    'UPSTREAM_BAD_ANSWER',
    'The server answered with a web page, not with the OpenAI API. Check the base URL of the endpoint.',
  );
}

export function renderAppError(failure: UpstreamFailure): AppError {
  const { code, message, status, text, cause } = failure;
  switch (code) {
    case 'unreachable':
      return unreachable(failure);
    case 'cut':
      return cutAnswer(cause);
    case 'timeout': {
      const seconds = Math.round((failure.timeoutMs ?? 0) / 100) / 10;
      const silence = `The server sent nothing for ${seconds} s. Look at its log, or raise LLM_TIMEOUT.`;
      return new AppError('UPSTREAM_TIMEOUT', silence, { cause });
    }
    case 'loading':
      return stillLoading();
    case 'unauthorized':
      return refusedKey();
    case 'bad_answer':
      return webPage();
    case 'refused':
    case 'server_error':
    case 'gateway_error':
      return serverError({ status, body: text });
    case 'no_upstream':
    case 'load_failed':
    case 'no_memory':
      return new AppError('ENDPOINT_OFFLINE', message, { cause });
    case 'queue_full':
    case 'load_timeout':
      return new AppError('ENDPOINT_LOADING', message, { cause });
    case 'model_not_found':
      return new AppError('UPSTREAM_REFUSED', message, { cause });
    case 'shutting_down':
      return new AppError('SHUTTING_DOWN', message, { cause });
  }
}

function unreachable({ reason, cause }: UpstreamFailure): AppError {
  switch (reason) {
    case 'bad-header':
      return new AppError(
        'UPSTREAM_UNAUTHORIZED',
        'The API key of the server holds characters that cannot be sent. Enter it again.',
        { cause },
      );
    case 'refused':
      return new AppError(
        'ENDPOINT_OFFLINE',
        'Nobody answers at the address of the server. Launch it, or check the base URL.',
        { cause },
      );
    case 'unknown-host':
      return new AppError(
        'ENDPOINT_OFFLINE',
        'The host name of the server is not known. Check the base URL.',
        { cause },
      );
    case 'timeout':
    case 'no-route':
      return new AppError(
        'ENDPOINT_OFFLINE',
        'The server cannot be reached over the network. Check that the machine is up and the port open.',
        { cause },
      );
    case 'not-http':
    case 'tls':
    case 'certificate':
    case 'closed':
    case 'other':
    case null: {
      const why = messageOf(cause);
      const message = `The server closed the connection before it answered (${why}). Look at its log.`;
      return new AppError('UPSTREAM_CUT', message, { cause });
    }
  }
}

/** The connection broke after the answer had begun. */
export function cutAnswer(cause: unknown): AppError {
  return new AppError(
    'UPSTREAM_CUT',
    'The connection to the server broke in mid-answer. What had arrived is kept; look at its log.',
    { cause },
  );
}

function refusedKey(): AppError {
  return new AppError(
    'UPSTREAM_UNAUTHORIZED',
    'The server refused its API key. Set the right key in the endpoint (or LLM_API_KEY).',
  );
}

function stillLoading(): AppError {
  return new AppError('ENDPOINT_LOADING', 'The server is still loading its model. Try again in a moment.');
}

function errorOf(body: string): z.infer<typeof errorSchema> {
  try {
    const { error, detail } = bodySchema.parse(JSON.parse(body));
    if (typeof error === 'string') return { message: error };
    if (error) return error;
    return detail === undefined
      ? {}
      : { message: typeof detail === 'string' ? detail : JSON.stringify(detail) };
  } catch {
    return {};
  }
}
