/** Every route of `/v1` with OpenAI's own SDK and with plain requests, each answer held against the published schemas. */
import { expect, test } from 'vitest';
import { checkedClient } from './testing/checked-client.ts';
import type { CheckedClient } from './testing/checked-client.ts';
import { openaiUpstream } from './testing/openai-upstream.ts';
import { USAGE } from './testing/raw-upstream.ts';
import type { RawUpstream } from './testing/raw-upstream.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway } from './testing/test-gateway.ts';

const ASK = { model: 'm', messages: [{ role: 'user' as const, content: 'ping' }] };
const TOOLS = [
  { type: 'function' as const, function: { name: 'add', parameters: { type: 'object', properties: {} } } },
];

async function setUp(): Promise<CheckedClient & { app: TestGateway; upstream: RawUpstream }> {
  const upstream = await openaiUpstream();
  const app = await testGateway({ endpoints: [endpointAt(upstream.url, { models: ['m', 'org/n'] })] });
  return { ...checkedClient({ baseURL: app.url }), app, upstream };
}

test('the list of models, and one of them, also one with a slash in its name', async () => {
  const { client, check } = await setUp();
  const listed = [];
  for await (const model of client.models.list()) listed.push(model.id);
  expect(listed).toEqual(['m', 'org/n']);
  for (const name of listed)
    expect(await client.models.retrieve(name)).toMatchObject({
      id: name,
      object: 'model',
      owned_by: 'Machine A',
    });
  await check(3);
});

test('a chat as a whole, with the id of its request', async () => {
  const { client, check, answers } = await setUp();
  const answer = await client.chat.completions.create(ASK);
  expect(answer).toMatchObject({ choices: [{ message: { content: 'pong' } }], usage: USAGE });
  expect(answer._request_id).toBe(answers[0]?.headers.get('x-request-id'));
  expect(answer._request_id).toMatch(/^req_[0-9a-f]{32}$/);
  await check();
});

test('a chat, streamed: usage comes only when it is asked for', async () => {
  const { client, check } = await setUp();
  for (const include_usage of [true, false]) {
    const chunks = [];
    for await (const chunk of await client.chat.completions.create({
      ...ASK,
      stream: true,
      stream_options: { include_usage },
    }))
      chunks.push(chunk);
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('')).toBe('pong');
    expect(chunks.flatMap(({ usage }) => usage ?? [])).toEqual(include_usage ? [USAGE] : []);
  }
  await check(9);
});

test('tools: the call as a whole, and put together from a stream by the SDK', async () => {
  const { client, check } = await setUp();
  const called = { type: 'function', function: { name: 'add', arguments: '{"a":1}' } };
  const answer = await client.chat.completions.create({ ...ASK, tools: TOOLS });
  expect(answer.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { content: null, tool_calls: [called] },
  });
  const streamed = await client.chat.completions.stream({ ...ASK, tools: TOOLS }).finalChatCompletion();
  expect(streamed.choices[0]).toMatchObject({
    finish_reason: 'tool_calls',
    message: { tool_calls: [called] },
  });
  await check(6);
});

test('completions, whole and streamed', async () => {
  const { client, check } = await setUp();
  expect((await client.completions.create({ model: 'm', prompt: 'ping' })).choices[0]?.text).toBe('pong');
  let text = '';
  for await (const { choices } of await client.completions.create({
    model: 'm',
    prompt: 'ping',
    stream: true,
  }))
    text += choices[0]?.text ?? '';
  expect(text).toBe('pong');
  await check(3);
});

test('embeddings come as base64, as the SDK asks for them by itself', async () => {
  const { client, check, upstream } = await setUp();
  const { data } = await client.embeddings.create({ model: 'm', input: ['ping'] });
  expect(data[0]?.embedding).toEqual([0.5, 1]);
  expect(JSON.parse(String(upstream.requests[0]?.body))).toMatchObject({ encoding_format: 'base64' });
  await check();
});

test('responses, whole and streamed', async () => {
  const { client, check } = await setUp();
  expect((await client.responses.create({ model: 'm', input: 'ping' })).output_text).toBe('pong');
  const streamed = await client.responses.stream({ model: 'm', input: 'ping' }).finalResponse();
  expect(streamed.output_text).toBe('pong');
  await check(11);
});

test.each([
  ['/rerank', { query: 'a', documents: ['b'] }, '/v1/rerank'],
  ['/reranking', { query: 'a', documents: ['b'] }, '/v1/reranking'],
  ['/tokenize', { content: 'a' }, '/tokenize'],
  ['/detokenize', { tokens: [1] }, '/detokenize'],
  ['/apply-template', { messages: [] }, '/apply-template'],
  ['/messages', { max_tokens: 1, messages: [] }, '/v1/messages'],
  ['/messages/count_tokens', { messages: [] }, '/v1/messages/count_tokens'],
])('%s, asked with a plain request', async (path, body, at) => {
  const { app, upstream } = await setUp();
  const answer = await app.post(path, { model: 'm', ...body });
  expect([answer.status, await answer.json()]).toEqual([200, { at }]);
  expect(JSON.parse(String(upstream.requests[0]?.body))).toEqual({ model: 'm', ...body });
  expect(answer.headers.get('x-request-id')).toMatch(/^req_/);
});
