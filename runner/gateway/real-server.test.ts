/** The gateway before a real llama-server: every route that it has, and what becomes of its slots when clients leave or stall. */
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { z } from 'zod';
import { waitUntil } from '../testing/wait-until.ts';
import { checkedClient, OF_LLAMA_SERVER } from './testing/checked-client.ts';
import type { CheckedClient } from './testing/checked-client.ts';
import { llamaServer, startLlamaServer } from './testing/llama-server.ts';
import type { LlamaServer } from './testing/llama-server.ts';
import { endpointAt, testGateway } from './testing/test-gateway.ts';
import type { TestGateway, TestGatewayOptions } from './testing/test-gateway.ts';

const MODEL = 'tiny-chat.gguf';
const ASK = {
  model: MODEL,
  temperature: 0,
  messages: [{ role: 'user' as const, content: 'Reply with the word pong' }],
};
/** Until somebody ends it. */
const ENDLESS = { ...ASK, max_tokens: 10_000_000, ignore_eos: true };

// Without a llama-server there is nothing to test: `.ci/run` fetches one, so CI always runs these.
describe.runIf(llamaServer !== null)('a real llama-server', () => {
  let server: LlamaServer | null = null;

  beforeAll(async () => {
    server = await startLlamaServer(llamaServer ?? '', {
      model: MODEL,
      args: ['--embeddings', '--pooling', 'mean', '--jinja'],
    });
  });
  afterAll(() => server?.end());

  function running(): LlamaServer {
    if (server === null) throw new Error('there is no llama-server');
    return server;
  }

  async function setUp(options: TestGatewayOptions = {}): Promise<CheckedClient & { app: TestGateway }> {
    const app = await testGateway({ endpoints: [running().endpoint], ...options });
    return { ...checkedClient({ baseURL: app.url, maxRetries: 0 }, OF_LLAMA_SERVER), app };
  }

  it('is listed without the folder of its file, and asked by that name and shorter', async () => {
    const { client, check } = await setUp();
    expect((await client.models.list()).data.map(({ id }) => id)).toEqual([MODEL]);
    expect((await client.models.retrieve(MODEL)).id).toBe(MODEL);
    const answer = await client.chat.completions.create({ ...ASK, model: 'tiny-chat', max_tokens: 1 });
    expect(answer.usage?.completion_tokens).toBe(1);
    await check(3);
  });

  it('chats, whole and streamed, with usage and its own timings in the account', async () => {
    const { client, check, app } = await setUp();
    const answer = await client.chat.completions.create(ASK);
    expect(answer.choices[0]?.message.content?.toLowerCase()).toContain('pong');
    let text = '';
    const stream = await client.chat.completions.create({
      ...ASK,
      stream: true,
      stream_options: { include_usage: true },
    });
    for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
    expect(text).toBe(answer.choices[0]?.message.content);
    await check(3);
    for (const count of [1, 2]) {
      expect(await app.record(count)).toMatchObject({
        status: 200,
        model: MODEL,
        promptTokens: answer.usage?.prompt_tokens,
        completionTokens: answer.usage?.completion_tokens,
        tokensPerSecond: expect.any(Number),
      });
    }
  });

  it('accounts for a stream whose client did not ask for usage', async () => {
    const { client, app } = await setUp();
    for await (const _ of await client.chat.completions.create({ ...ASK, stream: true }));
    expect(await app.record()).toMatchObject({
      promptTokens: expect.any(Number),
      completionTokens: expect.any(Number),
    });
  });

  it('completes, whole and streamed', async () => {
    const { client, check } = await setUp();
    const ask = { model: MODEL, prompt: 'ping', max_tokens: 4, temperature: 0 };
    const whole = (await client.completions.create(ask)).choices[0]?.text;
    let text = '';
    for await (const { choices } of await client.completions.create({ ...ask, stream: true }))
      text += choices[0]?.text ?? '';
    expect(text).toBe(whole);
    await check(3);
  });

  it('embeds', async () => {
    const { client, check } = await setUp();
    const { data } = await client.embeddings.create({ model: MODEL, input: ['ping', 'pong'] });
    expect(data.map(({ index, embedding }) => [index, embedding.length])).toEqual([
      [0, 128],
      [1, 128],
    ]);
    await check();
  });

  it('responds, whole and streamed', async () => {
    const { client, check } = await setUp();
    const ask = { model: MODEL, input: 'Reply with the word pong', temperature: 0 };
    const { output } = await client.responses.create(ask);
    expect(JSON.stringify(output).toLowerCase()).toContain('pong');
    let text = '';
    for await (const event of await client.responses.create({ ...ask, stream: true }))
      if (event.type === 'response.output_text.delta') text += event.delta;
    expect(JSON.stringify(output)).toContain(JSON.stringify(text));
    await check(8);
  });

  it('tokenizes, turns tokens back, and applies its template', async () => {
    const { app } = await setUp();
    const { tokens } = z
      .object({ tokens: z.array(z.number().int()).min(1) })
      .parse(await (await app.post('/tokenize', { model: MODEL, content: 'ping pong' })).json());
    expect(await (await app.post('/detokenize', { model: MODEL, tokens })).json()).toEqual({
      content: 'ping pong',
    });
    const templated = await (await app.post('/apply-template', ASK)).json();
    expect(z.object({ prompt: z.string() }).parse(templated).prompt).toContain('Reply with the word pong');
  });

  it('answers Anthropic’s messages, and counts their tokens', async () => {
    const { app } = await setUp();
    const ask = { model: MODEL, max_tokens: 8, messages: [{ role: 'user', content: 'ping' }] };
    const shape = z.object({
      id: z.string(),
      type: z.literal('message'),
      role: z.literal('assistant'),
      model: z.string(),
      stop_reason: z.string(),
      content: z.array(
        z.object({
          type: z.literal('text'),
          text: z.string(),
        }),
      ),
      usage: z.object({
        input_tokens: z.number().int(),
        output_tokens: z.number().int(),
      }),
    });
    const { usage } = shape.parse(await (await app.post('/messages', ask)).json());
    expect((await app.record()).completionTokens).toBe(usage.output_tokens);
    const counted = await (await app.post('/messages/count_tokens', ask)).json();
    expect(z.object({ input_tokens: z.number().int().min(1) }).parse(counted)).toBeDefined();
  });

  it('says itself what it does not have, and what is wrong with a request', async () => {
    const { app, client, check } = await setUp();
    const rerank = await app.post('/rerank', { model: MODEL, query: 'a', documents: ['b'] });
    expect([rerank.status, rerank.headers.get('x-should-retry')]).toEqual([501, 'false']);
    await expect(client.post('/chat/completions', { body: { model: MODEL } })).rejects.toMatchObject({
      status: 400,
    });
    await expect(client.chat.completions.create({ ...ASK, model: 'tiny-caht' })).rejects.toMatchObject({
      status: 404,
      code: 'model_not_found',
    });
    await check(2);
  });

  it.each([true, false])('stops when its client leaves (stream: %s)', async (stream) => {
    const { app } = await setUp();
    const leave = new AbortController();
    const asked = app.post('/chat/completions', { ...ENDLESS, stream }, { signal: leave.signal }).then(
      (answer) => answer.text().catch(() => 'left'),
      () => 'left',
    );
    await waitUntil('a slot to be at work', async () => (await running().busySlots()) === 1);
    const before = running().cancelled();
    leave.abort();
    // Of a whole answer it looks for its client after a second in which nothing else happens: to ask for its slots would be something.
    await waitUntil('the request to be given up', () => running().cancelled() === before + 1, 2_000);
    await waitUntil('the slot to be free', async () => (await running().busySlots()) === 0, 1_000);
    expect(await asked).toBe('left');
    expect(await app.record()).toMatchObject({ status: 499 });
  });

  it('stops within a second when its request is cancelled on the page, and the client is told', async () => {
    const { app } = await setUp();
    const answer = await app.post('/chat/completions', { ...ENDLESS, stream: true });
    await waitUntil('a slot to be at work', async () => (await running().busySlots()) === 1);
    expect(app.gateway.cancel(app.gateway.live()[0]?.id ?? '')).toBe(true);
    await waitUntil('the slot to be free', async () => (await running().busySlots()) === 0, 1_000);
    expect(await answer.text()).toMatch(/"code":"request_cancelled"\}\}\n\n$/);
  });

  it('a client that stops reading holds up what passes, and nothing piles up here; when it leaves, the slot is free', async () => {
    const { app } = await setUp();
    const socket = await streamingClient(app.url, {
      ...ENDLESS,
      stream: true,
      logprobs: true,
      top_logprobs: 20,
    });
    socket.pause();
    await waitUntil('the stream to be held', () => isStill(() => app.gateway.live()[0]?.tokens ?? 0), 60_000);
    const held = app.gateway.live()[0]?.tokens ?? 0;
    socket.resume();
    await waitUntil('it to go on', () => (app.gateway.live()[0]?.tokens ?? 0) > held);
    socket.destroy();
    await waitUntil('the slot to be free', async () => (await running().busySlots()) === 0, 5_000);
    expect(await app.record()).toMatchObject({ status: 499 });
  }, 90_000);

  it('a server that is killed in mid-stream: the stream ends with an error event; the next request is a 502', async () => {
    const own = await startLlamaServer(llamaServer ?? '', { model: MODEL });
    onTestFinished(own.end);
    const app = await testGateway({
      endpoints: [endpointAt(own.endpoint.baseUrl, { model: MODEL, models: [] })],
    });
    const answer = await app.post('/chat/completions', { ...ENDLESS, stream: true });
    const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = (await reader?.read())?.value ?? '';
    await own.end();
    for (let part = await reader?.read(); part?.done === false; part = await reader?.read())
      text += part.value;
    expect(text).toMatch(/\n\ndata: \{"error":\{[^\n]*"code":"upstream_error"\}\}\n\n$/);
    expect((await app.post('/chat/completions', ASK)).status).toBe(502);
    expect(app.failures).toEqual(['a', 'a']);
  });
});

async function streamingClient(url: string, ask: object): Promise<Socket> {
  const body = JSON.stringify(ask);
  const socket = connect(Number(new URL(url).port), '127.0.0.1').on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  socket.write(
    `POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
  await new Promise((resolve) => socket.once('readable', resolve));
  return socket;
}

/** More than nothing, and the same for half a second. */
async function isStill(figure: () => number): Promise<boolean> {
  const before = figure();
  await new Promise((resolve) => setTimeout(resolve, 500));
  return before > 0 && figure() === before;
}
