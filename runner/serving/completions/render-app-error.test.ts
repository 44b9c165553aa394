import { expect, it } from 'vitest';
import { judgeBreak } from '../upstreams/judge-response.ts';
import { renderAppError, serverError } from './render-app-error.ts';

it.each([
  {
    how: 'a prompt over the context, with its numbers',
    status: 400,
    body: '{"error":{"code":400,"message":"request (8012 tokens) exceeds the available context size (2048 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":8012,"n_ctx":2048}}',
    code: 'CONTEXT_EXCEEDED',
    message: /8012 tokens, the context holds 2048/,
  },
  {
    how: 'the same in the words of llama_cpp.server',
    status: 400,
    body: '{"error":{"message":"This model\'s maximum context length is 512 tokens, however you requested 900 tokens"}}',
    code: 'CONTEXT_EXCEEDED',
    message: /context/,
  },
  {
    how: 'an image for a text model',
    status: 500,
    body: '{"error":{"code":500,"message":"image input is not supported - hint: if this is unexpected, you may need to provide the mmproj","type":"server_error"}}',
    code: 'IMAGE_NOT_SUPPORTED',
    message: /vision model/,
  },
  {
    how: 'a wrong key',
    status: 401,
    body: '{"error":{"message":"Invalid API Key"}}',
    code: 'UPSTREAM_UNAUTHORIZED',
    message: /LLM_API_KEY/,
  },
  {
    how: 'a model that is loading',
    status: 503,
    body: '{"error":{"message":"Loading model","type":"unavailable_error"}}',
    code: 'ENDPOINT_LOADING',
    message: /loading/,
  },
  {
    how: 'a web page',
    status: 502,
    body: '<!doctype html><title>502</title>',
    code: 'UPSTREAM_BAD_ANSWER',
    message: /web page/,
  },
  {
    how: "Ollama's error",
    status: 404,
    body: '{"error":"model \'x\' not found"}',
    code: 'UPSTREAM_REFUSED',
    message: /model 'x' not found/,
  },
  {
    how: "FastAPI's error",
    status: 422,
    body: '{"detail":"bad field"}',
    code: 'UPSTREAM_REFUSED',
    message: /bad field/,
  },
  {
    how: 'an empty refusal',
    status: 500,
    body: '',
    code: 'UPSTREAM_REFUSED',
    message: /500.*did not say why/,
  },
])('$how', ({ status, body, code, message }) => {
  expect(serverError({ status, body })).toMatchObject({ code, message: expect.stringMatching(message) });
});

it.each([
  ['ECONNREFUSED', false, 'ENDPOINT_OFFLINE'],
  ['ENOTFOUND', false, 'ENDPOINT_OFFLINE'],
  ['UND_ERR_CONNECT_TIMEOUT', false, 'ENDPOINT_OFFLINE'],
  ['UND_ERR_SOCKET', false, 'UPSTREAM_CUT'],
  ['UND_ERR_SOCKET', true, 'UPSTREAM_CUT'],
])('a connection that ends with %s (begun: %s) is %s', (systemCode, hasBegun, code) => {
  const error = Object.assign(new Error('x'), { code: systemCode });
  const { failure } = judgeBreak(error, { endpointId: 'a', model: 'm', timeoutMs: 1_000, hasBegun });
  expect(renderAppError(failure)).toMatchObject({ code });
});
