import { describe, expect, it } from 'vitest';
import { timingLines, timingsOf, usageOf } from './timings.ts';

const measured = { cachedTokens: 4, promptTokens: 20, promptMs: 32, predictedTokens: 5, predictedMs: 8 };

describe('timings', () => {
  it('counts cached tokens apart, and the first predicted token to the prompt, as llama-server does', () => {
    expect(timingsOf(measured)).toEqual({
      cache_n: 4,
      prompt_n: 16,
      prompt_ms: 32,
      prompt_per_token_ms: 2,
      prompt_per_second: 500,
      predicted_n: 5,
      predicted_ms: 8,
      predicted_per_token_ms: 2,
      predicted_per_second: 500,
    });
  });

  it('has no infinite speeds when there was nothing to do', () => {
    const nothing = timingsOf({
      cachedTokens: 1,
      promptTokens: 1,
      promptMs: 0,
      predictedTokens: 0,
      predictedMs: 0,
    });
    expect(Object.values(nothing).every((value) => Number.isFinite(value))).toBe(true);
  });

  it('adds up the usage', () => {
    expect(usageOf(measured)).toEqual({
      completion_tokens: 5,
      prompt_tokens: 20,
      total_tokens: 25,
      prompt_tokens_details: { cached_tokens: 4 },
    });
  });

  it("prints llama-server's columns", () => {
    expect(
      timingLines({
        cachedTokens: 0,
        promptTokens: 16,
        promptMs: 32.94,
        predictedTokens: 20,
        predictedMs: 2.67,
      }),
    ).toEqual([
      'prompt eval time =      32.94 ms /    16 tokens (    2.06 ms per token,   485.73 tokens per second)',
      '       eval time =       2.67 ms /    20 tokens (    0.13 ms per token,  7490.64 tokens per second)',
      '      total time =      35.61 ms /    36 tokens',
    ]);
  });
});
