import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { post, postForEvents } from './testing/ask.ts';
import { EngineFarm, makeTinyModel } from './testing/engine-farm.ts';

const farm = new EngineFarm();
let made: Awaited<ReturnType<typeof makeTinyModel>>;
let url = '';

// A model that answers with loose bytes, so that most of its text is broken UTF-8.
beforeAll(async () => {
  made = await makeTinyModel('--bytes');
  ({ url } = await farm.serve(['-m', made.model]));
});
afterAll(async () => {
  await farm.endAll();
  await made.remove();
});

const request = { prompt: 'Hello', max_tokens: 120, seed: 3, temperature: 1.5, ignore_eos: true };
const answerSchema = z.object({
  choices: z.tuple([z.object({ text: z.string() })]),
  usage: z.unknown().optional(),
});

describe('a text completion', () => {
  it('has text, usage and timings', async () => {
    const { body } = await post(`${url}/v1/completions`, { ...request, max_tokens: 4 });
    expect(body).toMatchObject({
      object: 'text_completion',
      choices: [{ index: 0, logprobs: null, finish_reason: 'length' }],
      usage: { completion_tokens: 4 },
      timings: { predicted_n: 4 },
    });
  });

  it('streams the same text as it gives whole, also where the model cuts characters', async () => {
    const whole = answerSchema.parse((await post(`${url}/v1/completions`, request)).body).choices[0].text;
    const events = await postForEvents(`${url}/v1/completions`, {
      ...request,
      stream: true,
      stream_options: { include_usage: true },
    });
    expect(events.at(-1)).toBe('[DONE]');
    const chunks = events.slice(0, -1).map((event) => answerSchema.parse(JSON.parse(event)));
    expect(chunks.map((chunk) => chunk.choices[0].text).join('')).toBe(whole);
    expect(chunks.length).toBeGreaterThan(10);
    expect(chunks.at(-1)?.usage).toMatchObject({ completion_tokens: 120 });
  });

  it('needs a prompt', async () => {
    const { status, body } = await post(`${url}/v1/completions`, {});
    expect(status).toBe(400);
    expect(body).toMatchObject({
      error: { message: "key 'prompt' not found", type: 'invalid_request_error' },
    });
  });
});
