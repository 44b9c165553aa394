/** The sampling fields of a request, with llama-server's defaults, as options of node-llama-cpp's evaluation. */
import { randomInt } from 'node:crypto';
import type { SequenceEvaluateOptions, Token } from 'node-llama-cpp';
import { z } from 'zod';

const optionalNumber = z.number().nullish();

export const samplingFields = {
  temperature: optionalNumber,
  top_p: optionalNumber,
  top_k: optionalNumber,
  min_p: optionalNumber,
  seed: optionalNumber,
  repeat_penalty: optionalNumber,
  presence_penalty: optionalNumber,
  frequency_penalty: optionalNumber,
};

const samplingSchema = z.object(samplingFields);
export type SamplingRequest = z.infer<typeof samplingSchema>;

/** What llama-server uses, and shows in /props, where a request is silent. */
export const samplingDefaults = {
  seed: 4_294_967_295,
  temperature: 0.8,
  top_k: 40,
  top_p: 0.95,
  min_p: 0.05,
  repeat_last_n: 64,
  repeat_penalty: 1,
  presence_penalty: 0,
  frequency_penalty: 0,
};

/** `history` gives prompt and answer so far; penalties look at the end of it. */
export function samplingOptions(
  request: SamplingRequest,
  history: () => readonly Token[],
): SequenceEvaluateOptions {
  return {
    temperature: request.temperature ?? samplingDefaults.temperature,
    topK: request.top_k ?? samplingDefaults.top_k,
    topP: request.top_p ?? samplingDefaults.top_p,
    minP: request.min_p ?? samplingDefaults.min_p,
    seed: resolveSeed(request.seed),
    ...repeatPenalty(request, history),
  };
}

/** Without a fixed seed the library would start anew from the clock every second. */
function resolveSeed(seed: number | null | undefined): number {
  if (seed === null || seed === undefined || seed < 0 || seed >= samplingDefaults.seed)
    return randomInt(2 ** 32 - 1);
  return Math.floor(seed);
}

function repeatPenalty(
  request: SamplingRequest,
  history: () => readonly Token[],
): Pick<SequenceEvaluateOptions, 'repeatPenalty'> {
  const penalty = request.repeat_penalty ?? samplingDefaults.repeat_penalty;
  const presencePenalty = request.presence_penalty ?? samplingDefaults.presence_penalty;
  const frequencyPenalty = request.frequency_penalty ?? samplingDefaults.frequency_penalty;
  if (penalty === 1 && presencePenalty === 0 && frequencyPenalty === 0) return {};
  const punishTokens = (): Token[] => history().slice(-samplingDefaults.repeat_last_n);
  return { repeatPenalty: { punishTokens, penalty, presencePenalty, frequencyPenalty } };
}
