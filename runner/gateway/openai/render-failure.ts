/** Renders an UpstreamFailure as the error that OpenAI's clients read: status, code and headers. */
import type { UpstreamFailure } from '../../serving/upstream-failure.ts';
import {
  GatewayError,
  modelLoading,
  modelNotFound,
  retryAfter,
  unavailable,
  upstreamError,
  upstreamTimeout,
  upstreamUnauthorized,
} from './openai-error.ts';

export function renderFailure(failure: UpstreamFailure): GatewayError {
  const { code, message, status, saidCode, retryAfterMs, cause } = failure;
  switch (code) {
    case 'unreachable':
    case 'cut':
    case 'server_error':
      return upstreamError(message, { cause });
    case 'bad_answer':
      return upstreamError(message, { cause, canRetry: false });
    case 'timeout':
      return upstreamTimeout(failure.timeoutMs ?? 0);
    case 'unauthorized':
      return upstreamUnauthorized(failure.endpointId ?? '');
    case 'loading':
      return modelLoading(failure.model ?? '');
    case 'refused':
      return new GatewayError({ status: status ?? 400, code: saidCode ?? 'upstream_refused', message });
    case 'gateway_error':
      return new GatewayError({
        status: status ?? 502,
        code: saidCode ?? 'upstream_error',
        message,
        headers: failure.retryHeaders,
      });
    case 'model_not_found':
      return modelNotFound(failure.model ?? '', failure.near);
    case 'no_upstream':
      return unavailable('no_upstream', message, retryAfter(retryAfterMs));
    case 'queue_full':
      return unavailable('queue_full', message, retryAfter(retryAfterMs));
    case 'load_timeout':
      return unavailable('model_loading', message, retryAfter(retryAfterMs));
    case 'shutting_down':
      return unavailable('shutting_down', message, retryAfter(retryAfterMs));
    // A model that failed to load, or has no room, does no better a second later.
    case 'no_memory':
      return unavailable('no_memory', message, { ...retryAfter(retryAfterMs), 'x-should-retry': 'false' });
    case 'load_failed': {
      const headers = { ...retryAfter(retryAfterMs), 'x-should-retry': 'false' };
      return new GatewayError({ status: 502, code: 'model_load_failed', message, headers });
    }
  }
}
