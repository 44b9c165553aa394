import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { AdmissionError } from './keys/limits-admission-error.ts';
import { answerJson, chunkOf, msUntilGone, openStream, rawUpstream, USAGE } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway, TestGatewayOptions } from './testing/test-gateway.ts';

interface Setup extends TestGateway {
  client: OpenAI;
  upstream: RawUpstream;
}

const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'hi' }] };

async function setUp(options: TestGatewayOptions = {}): Promise<Setup> {
  const upstream = await rawUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], ...options });
  return { ...app, upstream, client: new OpenAI({ baseURL: app.url, apiKey: 'sk-test' }) };
}

test('models', async () => {
  const { client } = await setUp();
  expect((await client.models.list()).data.map(({ id }) => id)).toEqual(['m']);
  expect(await client.models.retrieve('m')).toMatchObject({ id: 'm', object: 'model' });
});

test('a chat, as a whole', async () => {
  const { client } = await setUp();
  const answer = await client.chat.completions.create(ASK);
  expect(answer.choices[0]?.message.content).toBe('hello');
  expect(answer.usage).toEqual(USAGE);
  expect(answer._request_id).toMatch(/^req_/);
});

test('a chat, streamed', async () => {
  const { client } = await setUp();
  const stream = await client.chat.completions.create({
    ...ASK,
    stream: true,
    stream_options: { include_usage: true },
  });
  let text = '';
  let usage: unknown = null;
  for await (const chunk of stream) {
    text += chunk.choices[0]?.delta.content ?? '';
    usage = chunk.usage ?? usage;
  }
  expect([text, usage]).toEqual(['hello', USAGE]);
});

test('completions', async () => {
  const { client, upstream } = await setUp();
  const body = {
    id: 'x',
    object: 'text_completion',
    created: 1,
    model: 'm',
    choices: [{ text: 'pong', index: 0, logprobs: null, finish_reason: 'stop' }],
  };
  upstream.script = (res) => answerJson(200, body)(res);
  expect((await client.completions.create({ model: 'm', prompt: 'ping' })).choices[0]?.text).toBe('pong');
});

test('embeddings', async () => {
  const { client, upstream } = await setUp();
  upstream.script = (res) =>
    answerJson(200, {
      object: 'list',
      model: 'm',
      usage: { prompt_tokens: 1, total_tokens: 1 },
      data: [{ object: 'embedding', index: 0, embedding: [0.5, 1] }],
    })(res);
  const answer = await client.embeddings.create({ model: 'm', input: 'x', encoding_format: 'float' });
  expect(answer.data[0]?.embedding).toEqual([0.5, 1]);
});

test('an unknown model is a NotFoundError with its code', async () => {
  const { client } = await setUp();
  const error: unknown = await client.chat.completions
    .create({ ...ASK, model: 'n' })
    .catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.NotFoundError);
  expect(error).toMatchObject({
    status: 404,
    code: 'model_not_found',
    param: 'model',
    type: 'invalid_request_error',
    requestID: expect.stringMatching(/^req_/),
  });
});

test.each([
  ['invalid_api_key', OpenAI.AuthenticationError, 401],
  ['model_not_allowed', OpenAI.PermissionDeniedError, 403],
  ['insufficient_quota', OpenAI.RateLimitError, 429],
] as const)('%s is thrown as its class, without a retry', async (code, thrownAs, status) => {
  let asked = 0;
  const { client } = await setUp({
    admission: {
      check: () => {
        asked += 1;
        throw new AdmissionError(code, 'No.', { 'x-should-retry': 'false' });
      },
    },
  });
  const error: unknown = await client.chat.completions.create(ASK).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(thrownAs);
  expect(error).toMatchObject({ status, code });
  expect(asked).toBe(1);
});

test('an upstream that recovers: the client’s own retry succeeds', async () => {
  const { client, upstream } = await setUp();
  const { script } = upstream;
  upstream.script = (res) => {
    upstream.script = script;
    answerJson(503, { error: { message: 'busy' } }, { 'retry-after-ms': '10' })(res);
  };
  expect((await client.chat.completions.create(ASK)).choices[0]?.message.content).toBe('hello');
  expect(upstream.requests).toHaveLength(2);
});

test('an upstream that is too slow is an InternalServerError, without a retry', async () => {
  const { client, upstream } = await setUp({ timeoutMs: 200 });
  upstream.script = () => {};
  const error: unknown = await client.chat.completions.create(ASK).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.InternalServerError);
  expect(error).toMatchObject({ status: 504, code: 'upstream_timeout' });
  expect(upstream.requests).toHaveLength(1);
});

test('a stream that breaks, even within an event, throws an APIError after what had come', async () => {
  const { client, upstream } = await setUp();
  upstream.script = (res) => {
    openStream(res);
    res.write(`${chunkOf('half')}data: {"choi`);
    setTimeout(() => res.destroy(), 50);
  };
  let text = '';
  const read = async (): Promise<void> => {
    for await (const chunk of await client.chat.completions.create({ ...ASK, stream: true }))
      text += chunk.choices[0]?.delta.content ?? '';
  };
  const error: unknown = await read().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.APIError);
  expect(error).toMatchObject({ code: 'upstream_error' });
  expect(text).toBe('half');
});

test('an abort by the client reaches the upstream', async () => {
  const { client, upstream } = await setUp();
  upstream.script = (res) => {
    openStream(res);
    res.write(chunkOf('one'));
  };
  const stream = await client.chat.completions.create({ ...ASK, stream: true });
  for await (const _ of stream) stream.controller.abort();
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
});
