/** Every class of error as OpenAI's own SDK throws it, and what the SDK does about it by itself. */
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { unusedPort } from '../testing/unused-port.ts';
import { AdmissionError } from './keys/limits-admission-error.ts';
import { checkedClient } from './testing/checked-client.ts';
import type { CheckedClient } from './testing/checked-client.ts';
import { openaiUpstream } from './testing/openai-upstream.ts';
import { answerJson, chunkOf, msUntilGone, openStream } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway, TestGatewayOptions } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'ping' }] };

interface Setup extends CheckedClient {
  app: TestGateway;
  upstream: RawUpstream;
}

async function setUp(options: TestGatewayOptions = {}): Promise<Setup> {
  const upstream = await openaiUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url)], ...options });
  return { ...checkedClient({ baseURL: app.url }), app, upstream };
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => {
      throw new Error('it should have failed');
    },
    (error: unknown) => error,
  );
}

function refusing(error: AdmissionError): TestGatewayOptions {
  return {
    admission: {
      check: () => {
        throw error;
      },
    },
  };
}

interface Case {
  name: string;
  options: () => Promise<TestGatewayOptions> | TestGatewayOptions;
  body?: object;
  thrownAs: new (...args: never[]) => Error;
  expected: { status: number; code: string; type: string; param?: string | null };
  /** Requests that the client makes by itself. */
  tries: number;
}

const invalid = 'invalid_request_error';
const cases: Case[] = [
  {
    name: 'a model that is no name',
    options: () => ({}),
    body: { ...ASK, model: 7 },
    thrownAs: OpenAI.BadRequestError,
    expected: { status: 400, code: 'invalid_request', type: invalid, param: 'model' },
    tries: 1,
  },
  {
    name: 'a wrong key',
    options: () => refusing(new AdmissionError('invalid_api_key', 'No.')),
    thrownAs: OpenAI.AuthenticationError,
    expected: { status: 401, code: 'invalid_api_key', type: 'authentication_error' },
    tries: 1,
  },
  {
    name: 'a model that is not for this key',
    options: () => refusing(new AdmissionError('model_not_allowed', 'No.')),
    thrownAs: OpenAI.PermissionDeniedError,
    expected: { status: 403, code: 'model_not_allowed', type: 'permission_error' },
    tries: 1,
  },
  {
    name: 'an unknown model',
    options: () => ({}),
    body: { ...ASK, model: 'mm' },
    thrownAs: OpenAI.NotFoundError,
    expected: { status: 404, code: 'model_not_found', type: invalid, param: 'model' },
    tries: 1,
  },
  {
    name: 'a body that is too large',
    options: () => ({ bodyLimitBytes: 10 }),
    thrownAs: OpenAI.APIError,
    expected: { status: 413, code: 'request_too_large', type: invalid },
    tries: 1,
  },
  {
    name: 'a quota that is used up',
    options: () => refusing(new AdmissionError('insufficient_quota', 'No.', { 'x-should-retry': 'false' })),
    thrownAs: OpenAI.RateLimitError,
    expected: { status: 429, code: 'insufficient_quota', type: 'rate_limit_error' },
    tries: 1,
  },
  {
    name: 'a rate limit that stays',
    options: () =>
      refusing(
        new AdmissionError('rate_limit_exceeded', 'No.', { 'retry-after': '1', 'retry-after-ms': '5' }),
      ),
    thrownAs: OpenAI.RateLimitError,
    expected: { status: 429, code: 'rate_limit_exceeded', type: 'rate_limit_error' },
    tries: 3,
  },
  {
    name: 'a fault of the gateway itself',
    options: () => ({
      admission: {
        check: () => {
          throw new Error('a bug');
        },
      },
    }),
    thrownAs: OpenAI.InternalServerError,
    expected: { status: 500, code: 'internal_error', type: 'server_error' },
    tries: 1,
  },
  {
    name: 'an upstream that refuses the connection',
    options: async () => ({
      endpoints: [endpointAt(`http://127.0.0.1:${await unusedPort()}`)],
      timeoutMs: 1_000,
    }),
    thrownAs: OpenAI.InternalServerError,
    expected: { status: 502, code: 'upstream_error', type: 'server_error' },
    tries: 3,
  },
  {
    name: 'no upstream at all',
    options: () => ({ endpoints: [endpointAt('http://127.0.0.1:9', { status: 'offline' })] }),
    thrownAs: OpenAI.InternalServerError,
    expected: { status: 503, code: 'no_upstream', type: 'server_error' },
    tries: 3,
  },
];

test.each(cases)(
  '$name is thrown as its class, after $tries requests',
  async ({ options, body = ASK, thrownAs, expected, tries }) => {
    const { client, check, answers, app } = await setUp(await options());
    const error = await thrownBy(client.post('/chat/completions', { body }));
    expect(error).toBeInstanceOf(thrownAs);
    expect(error).toMatchObject({
      param: null,
      ...expected,
      requestID: answers.at(-1)?.headers.get('x-request-id'),
    });
    expect(error).toMatchObject({ message: expect.stringMatching(new RegExp(`^${expected.status} .`)) });
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: tries }, () => expected.status));
    await check(tries);
    expect(await app.record()).toMatchObject({ status: expected.status, errorCode: expected.code });
  },
);

test('401 says how to sign in, 404 names what was meant, 405 what is allowed', async () => {
  const { app, client } = await setUp({
    admission: {
      identify: ({ secret }) => {
        if (secret === null) throw new AdmissionError('missing_api_key', 'No.');
      },
    },
  });
  const unsigned = await app.post('/chat/completions', ASK);
  expect([unsigned.status, unsigned.headers.get('www-authenticate')]).toEqual([
    401,
    'Bearer realm="LLM Server Manager"',
  ]);
  expect(await thrownBy(client.chat.completions.create({ ...ASK, model: 'M' }))).toMatchObject({
    message: expect.stringContaining('Did you mean "m"'),
  });
  const wrongMethod = await fetch(`${app.url}/chat/completions`);
  expect([wrongMethod.status, wrongMethod.headers.get('allow')]).toEqual([405, 'POST']);
});

test('an upstream that hangs is a 504, and asked once only', async () => {
  const { client, upstream, answers, check } = await setUp({ timeoutMs: 200 });
  upstream.script = () => {};
  expect(await thrownBy(client.chat.completions.create(ASK))).toMatchObject({
    status: 504,
    code: 'upstream_timeout',
    param: null,
  });
  expect([answers.length, upstream.requests.length]).toEqual([1, 1]);
  expect(answers[0]?.headers.get('x-should-retry')).toBe('false');
  await check();
});

test.each([
  [503, { 'retry-after-ms': '5' }],
  [429, { 'retry-after-ms': '5' }],
  [503, { 'retry-after': '0.01' }],
])('the SDK waits as it is told by a %i with %o, and the next try succeeds', async (status, headers) => {
  const { client, upstream, answers } = await setUp();
  const { script } = upstream;
  upstream.script = (res) => {
    upstream.script = script;
    answerJson(
      status,
      { error: { message: 'busy', type: 'server_error', param: null, code: 'busy' } },
      headers,
    )(res);
  };
  expect((await client.chat.completions.create(ASK)).choices[0]?.message.content).toBe('pong');
  expect(answers.map((answer) => answer.status)).toEqual([status, 200]);
});

test('a rate limit is waited for by the SDK as long as the gateway says', async () => {
  let asked = 0;
  const { client, answers } = await setUp({
    admission: {
      check: () => {
        asked += 1;
        if (asked === 1)
          throw new AdmissionError('rate_limit_exceeded', 'Wait.', {
            'retry-after': '1',
            'retry-after-ms': '5',
          });
        return { keyId: 'k', keyName: 'k', headers: { 'x-ratelimit-remaining-requests': '4' } };
      },
    },
  });
  const { data, response } = await client.chat.completions.create(ASK).withResponse();
  expect(data.choices[0]?.message.content).toBe('pong');
  expect(response.headers.get('x-ratelimit-remaining-requests')).toBe('4');
  expect(answers.map(({ status }) => status)).toEqual([429, 200]);
});

test.each(['chat', 'completions', 'responses'] as const)(
  '%s: an error in mid-stream is thrown with its message and code',
  async (route) => {
    const { client, upstream, check } = await setUp();
    upstream.script = (res) => {
      openStream(res);
      if (route === 'chat') res.write(chunkOf('half'));
      res.write('data: {"cut');
      setTimeout(() => res.destroy(), 30);
    };
    const read = async (): Promise<void> => {
      for await (const _ of await streamOf(client, route));
    };
    const error = await thrownBy(read());
    expect(error).toBeInstanceOf(OpenAI.APIError);
    expect(error).toMatchObject({
      code: 'upstream_error',
      // The error event of the Responses API has no other.
      type: route === 'responses' ? 'error' : 'server_error',
      param: null,
      message: expect.stringContaining('broke in mid-answer'),
    });
    expect(upstream.requests).toHaveLength(1);
    await check();
  },
);

async function streamOf(
  client: OpenAI,
  route: 'chat' | 'completions' | 'responses',
): Promise<AsyncIterable<unknown>> {
  if (route === 'chat') return client.chat.completions.create({ ...ASK, stream: true });
  if (route === 'completions') return client.completions.create({ model: 'm', prompt: 'ping', stream: true });
  return client.responses.create({ model: 'm', input: 'ping', stream: true });
}

test('three ways to leave, each of which stops the upstream', async () => {
  const { client, upstream, app } = await setUp();
  upstream.script = (res) => {
    openStream(res);
    res.write(chunkOf('one'));
  };
  const ask = { ...ASK, stream: true } as const;
  const stream = await client.chat.completions.create(ask);
  for await (const _ of stream) break;
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
  const controlled = await client.chat.completions.create(ask);
  for await (const _ of controlled) controlled.controller.abort();
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
  const leave = new AbortController();
  const aborted = await client.chat.completions.create(ask, { signal: leave.signal });
  for await (const _ of aborted) leave.abort();
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
  expect(await app.record(3)).toMatchObject({ status: 499, errorCode: 'client_closed' });
});

test('a client that gives up on a whole answer stops the upstream', async () => {
  const { client, upstream, app } = await setUp();
  upstream.script = () => {};
  const leave = new AbortController();
  const asked = thrownBy(client.chat.completions.create(ASK, { signal: leave.signal }));
  await expect.poll(() => upstream.requests.length).toBe(1);
  leave.abort();
  expect(await asked).toBeInstanceOf(OpenAI.APIUserAbortError);
  expect(await msUntilGone(upstream)).toBeLessThan(1_000);
  expect(await app.record()).toMatchObject({ status: 499 });
});
