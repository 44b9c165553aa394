import { describe, expect, it } from 'vitest';
import { samplingOptions } from './sampling.ts';

describe('samplingOptions', () => {
  it("takes llama-server's defaults where the request is silent or null", () => {
    expect(samplingOptions({ temperature: null }, () => [])).toEqual({
      temperature: 0.8,
      topK: 40,
      topP: 0.95,
      minP: 0.05,
      seed: expect.any(Number),
    });
  });

  it('keeps what the request says, zero included', () => {
    const options = samplingOptions({ temperature: 0, top_k: 0, top_p: 1, min_p: 0, seed: 0 }, () => []);
    expect(options).toEqual({ temperature: 0, topK: 0, topP: 1, minP: 0, seed: 0 });
  });

  it.each([undefined, null, -1, 4_294_967_295])('draws a new seed for %s', (seed) => {
    const drawn = new Set(Array.from({ length: 8 }, () => samplingOptions({ seed }, () => []).seed));
    expect(drawn.size).toBeGreaterThan(1);
  });

  it.each([{ repeat_penalty: 1.1 }, { presence_penalty: 0.5 }, { frequency_penalty: 0.5 }])(
    'asks for penalties with %j',
    (request) => {
      expect(samplingOptions(request, () => [])).toHaveProperty('repeatPenalty');
    },
  );

  it('asks for no penalties when they would do nothing', () => {
    expect(samplingOptions({ repeat_penalty: 1, presence_penalty: 0 }, () => [])).not.toHaveProperty(
      'repeatPenalty',
    );
  });
});
