import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { post, postForEvents } from './testing/ask.ts';
import { EngineFarm, tinyChat } from './testing/engine-farm.ts';

const farm = new EngineFarm();
let chatUrl = '';

beforeAll(async () => {
  const { url } = await farm.serve(['-m', tinyChat, '-a', 'tiny', '-np', '2', '-c', '1024']);
  chatUrl = `${url}/v1/chat/completions`;
});
afterAll(() => farm.endAll());

const ping = { temperature: 0, messages: [{ role: 'user', content: 'Reply with the word pong' }] };

const chunkSchema = z.object({
  id: z.string(),
  choices: z.array(
    z.object({
      delta: z.object({ role: z.string().optional(), content: z.string().nullish() }),
      finish_reason: z.string().nullable(),
    }),
  ),
  usage: z.unknown().optional(),
  timings: z.unknown().optional(),
});

async function stream(
  request: object,
): Promise<{ chunks: z.infer<typeof chunkSchema>[]; text: string; last: string | undefined }> {
  const events = await postForEvents(chatUrl, { ...request, stream: true });
  const chunks = events.slice(0, -1).map((event) => chunkSchema.parse(JSON.parse(event)));
  const text = chunks.map((chunk) => chunk.choices[0]?.delta.content ?? '').join('');
  return { chunks, text, last: events.at(-1) };
}

describe('a chat answered whole', () => {
  it('says pong, with usage and timings that agree', async () => {
    const { status, body } = await post(chatUrl, ping);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      object: 'chat.completion',
      model: 'tiny',
      choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'pong' } }],
      usage: { prompt_tokens: 15, completion_tokens: 3, total_tokens: 18 },
      timings: { predicted_n: 3, prompt_ms: expect.any(Number), predicted_per_second: expect.any(Number) },
    });
  });

  it('reuses the start of the prompt a slot still holds, and says how much', async () => {
    await post(chatUrl, ping);
    const { body } = await post(chatUrl, ping);
    expect(body).toMatchObject({
      choices: [{ message: { content: 'pong' } }],
      usage: { prompt_tokens_details: { cached_tokens: 14 } },
      timings: { cache_n: 14, prompt_n: 1 },
    });
  });

  it('ends at a stop string and leaves it out', async () => {
    const { body } = await post(chatUrl, { ...ping, stop: 'ng' });
    expect(body).toMatchObject({ choices: [{ finish_reason: 'stop', message: { content: 'po' } }] });
  });

  it.each(['max_tokens', 'max_completion_tokens', 'n_predict'])('ends after %s tokens', async (field) => {
    const { body } = await post(chatUrl, { ...ping, [field]: 1 });
    expect(body).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { completion_tokens: 1 } });
  });

  it('generates until the context is full when nothing else ends it', async () => {
    const { body } = await post(chatUrl, { ...ping, ignore_eos: true });
    expect(body).toMatchObject({ choices: [{ finish_reason: 'length' }], usage: { total_tokens: 512 } });
  });

  it('repeats itself with the same seed', async () => {
    const request = {
      ...ping,
      temperature: 2,
      seed: 11,
      max_tokens: 24,
      ignore_eos: true,
      repeat_penalty: 1.1,
    };
    const [first, second] = [await post(chatUrl, request), await post(chatUrl, request)];
    const content = z.object({
      choices: z.tuple([z.object({ message: z.object({ content: z.string() }) })]),
    });
    expect(content.parse(first.body)).toEqual(content.parse(second.body));
  });

  it('continues a last message of the assistant', async () => {
    const messages = [...ping.messages, { role: 'assistant', content: 'pon' }];
    const { body } = await post(chatUrl, { ...ping, messages });
    expect(body).toMatchObject({ choices: [{ message: { content: 'g' } }] });
  });
});

describe('a chat streamed', () => {
  it('opens with the role, gives the text, the reason, then usage and timings, and ends with [DONE]', async () => {
    const { chunks, text, last } = await stream({ ...ping, stream_options: { include_usage: true } });
    expect(text).toBe('pong');
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: null });
    expect(chunks.at(-2)?.choices).toMatchObject([{ finish_reason: 'stop', delta: {} }]);
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: 3 },
      timings: { predicted_n: 3 },
    });
    expect(new Set(chunks.map((chunk) => chunk.id)).size).toBe(1);
    expect(last).toBe('[DONE]');
  });

  it('sends no usage chunk unless asked', async () => {
    const { chunks } = await stream(ping);
    expect(chunks.some((chunk) => chunk.usage !== undefined)).toBe(false);
    expect(chunks.at(-1)).toMatchObject({
      choices: [{ finish_reason: 'stop' }],
      timings: { predicted_n: 3 },
    });
  });

  it('never shows a part of a stop string', async () => {
    const { text, chunks } = await stream({ ...ping, stop: ['ng', 'zzz'] });
    expect(text).toBe('po');
    expect(chunks.at(-1)?.choices[0]?.finish_reason).toBe('stop');
  });
});

describe('a chat that cannot be answered', () => {
  it.each([
    ['{bad', 400, 'parse error'],
    [{}, 400, "'messages' is required"],
    [{ messages: 5 }, 400, "Expected 'messages' to be an array"],
    [{ messages: [{ role: 'user', content: 5 }] }, 400, "Expected 'content' to be a string or an array"],
    [{ ...ping, temperature: 'hot' }, 400, "Field 'temperature'"],
    [
      { messages: [{ role: 'user', content: [{ type: 'image_url', image_url: { url: '' } }] }] },
      500,
      'image input is not supported',
    ],
  ])('%j is a %i', async (request, status, message) => {
    const answer = await post(chatUrl, request);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatchObject({ error: { code: status, message: expect.stringContaining(message) } });
  });

  it('a prompt longer than a slot is a 400 with its size', async () => {
    const messages = [{ role: 'user', content: 'word '.repeat(600) }];
    const { status, body } = await post(chatUrl, { messages, stream: true });
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { type: 'exceed_context_size_error', n_prompt_tokens: 612, n_ctx: 512 },
    });
  });
});
