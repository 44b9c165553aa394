/** The request fields that chat and text completions share, and the generation they ask for. */
import type { Token } from 'node-llama-cpp';
import { z } from 'zod';
import { exceedsContext } from './embedder.ts';
import type { Generation } from './generate.ts';
import type { ModelHost } from './model-host.ts';
import { samplingFields } from './sampling.ts';

const limit = z.number().int().nullish();

export const generationFields = {
  ...samplingFields,
  max_tokens: limit,
  max_completion_tokens: limit,
  n_predict: limit,
  stop: z.union([z.string(), z.array(z.string())]).nullish(),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  ignore_eos: z.boolean().nullish(),
};

const generationSchema = z.object(generationFields);
export type GenerationRequest = z.infer<typeof generationSchema>;

/** Throws the 400 of a prompt that leaves no room in a slot. */
export function toGeneration(
  host: ModelHost,
  request: GenerationRequest,
  prompt: readonly Token[],
): Generation {
  if (prompt.length >= host.contextSize) throw exceedsContext(prompt.length, host.contextSize);
  const asked = request.max_tokens ?? request.max_completion_tokens ?? request.n_predict ?? -1;
  return {
    prompt,
    sampling: request,
    stops: typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []),
    maxTokens: asked < 0 ? Infinity : asked,
    isEosIgnored: request.ignore_eos === true,
  };
}
