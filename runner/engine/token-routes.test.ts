import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { post } from './testing/ask.ts';
import { EngineFarm, tinyChat } from './testing/engine-farm.ts';

const farm = new EngineFarm();
let url = '';

beforeAll(async () => {
  ({ url } = await farm.serve(['-m', tinyChat, '-np', '1']));
});
afterAll(() => farm.endAll());

describe('the tokenizer', () => {
  it('gives the tokens llama-server gives, and the text back', async () => {
    expect((await post(`${url}/tokenize`, { content: 'hello <|im_start|>' })).body).toEqual({
      tokens: [373, 987, 261, 3],
    });
    expect((await post(`${url}/tokenize`, { content: 'hello', add_special: true })).body).toEqual({
      tokens: [1, 373, 987],
    });
    expect((await post(`${url}/tokenize`, { content: 'hello', with_pieces: true })).body).toEqual({
      tokens: [
        { id: 373, piece: 'he' },
        { id: 987, piece: 'llo' },
      ],
    });
    expect((await post(`${url}/detokenize`, { tokens: [373, 987] })).body).toEqual({ content: 'hello' });
  });

  it.each([[[999_999]], [[-1]], [['a']], [5]])('refuses the tokens %j', async (tokens) => {
    expect((await post(`${url}/detokenize`, { tokens })).status).toBe(400);
  });

  it('applies the chat template of the model file', async () => {
    const messages = [
      { role: 'system', content: 'be nice' },
      { role: 'user', content: 'hi' },
    ];
    expect((await post(`${url}/apply-template`, { messages })).body).toEqual({
      prompt:
        '<|im_start|>system\nbe nice<|im_end|>\n<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n',
    });
  });
});

const embeddingsSchema = z.object({
  data: z.array(z.object({ embedding: z.array(z.number()), index: z.number() })),
});

describe('embeddings', () => {
  it('are one vector of length 1 per text, with usage', async () => {
    const { body } = await post(`${url}/v1/embeddings`, { input: ['hello', 'world', ''] });
    expect(body).toMatchObject({ object: 'list', usage: { prompt_tokens: 8, total_tokens: 8 } });
    const { data } = embeddingsSchema.parse(body);
    expect(data.map(({ index }) => index)).toEqual([0, 1, 2]);
    for (const { embedding } of data) {
      expect(embedding).toHaveLength(128);
      expect(Math.hypot(...embedding)).toBeCloseTo(1, 5);
    }
    expect(data[0]?.embedding).not.toEqual(data[1]?.embedding);
  });

  it('are the same as base64, from tokens, and from one text', async () => {
    const numbers =
      embeddingsSchema.parse((await post(`${url}/v1/embeddings`, { input: [373, 987] })).body).data[0]
        ?.embedding ?? [];
    const { body } = await post(`${url}/v1/embeddings`, { input: 'hello', encoding_format: 'base64' });
    expect(body).toMatchObject({
      data: [{ embedding: Buffer.from(Float32Array.from(numbers).buffer).toString('base64') }],
    });
  });

  it.each([{}, { input: 5 }, { input: 'word '.repeat(2100) }])(
    'refuse what they cannot take',
    async (request) => {
      expect((await post(`${url}/v1/embeddings`, request)).status).toBe(400);
    },
  );
});
