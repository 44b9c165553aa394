/** Sampler settings as they are typed: texts that become numbers, or faults. */
import { z } from 'zod';
import { samplerSchema, type Sampler } from '#contract/preset';

/** Lowest and highest value; the same as in the contract, which has the last word. */
export const SAMPLER_NUMBERS = {
  temperature: { min: 0, max: 5, isWhole: false },
  top_p: { min: 0, max: 1, isWhole: false },
  top_k: { min: 0, max: 100_000, isWhole: true },
  min_p: { min: 0, max: 1, isWhole: false },
  max_tokens: { min: -1, max: 16_777_216, isWhole: true },
  seed: { min: -1, max: 4_294_967_295, isWhole: true },
} as const;
export type SamplerNumber = keyof typeof SAMPLER_NUMBERS;
export const SAMPLER_NAMES = Object.keys(SAMPLER_NUMBERS) as SamplerNumber[];

export const samplerDraftSchema = z.object({
  temperature: z.string(),
  top_p: z.string(),
  top_k: z.string(),
  min_p: z.string(),
  max_tokens: z.string(),
  seed: z.string(),
  /** One a line. */
  stop: z.string(),
  thinking: z.enum(['', 'on', 'off']),
});
export type SamplerDraft = z.infer<typeof samplerDraftSchema>;

export interface SamplerFault {
  field: SamplerNumber | 'stop';
  kind: 'number' | 'whole' | 'stop';
}

export function toSamplerDraft(sampler: Sampler): SamplerDraft {
  const text = (name: SamplerNumber): string => (sampler[name] === undefined ? '' : String(sampler[name]));
  return {
    temperature: text('temperature'),
    top_p: text('top_p'),
    top_k: text('top_k'),
    min_p: text('min_p'),
    max_tokens: text('max_tokens'),
    seed: text('seed'),
    stop: (sampler.stop ?? []).join('\n'),
    thinking: sampler.thinking === undefined ? '' : sampler.thinking ? 'on' : 'off',
  };
}

/** What is empty is left out; what is no number is a fault. */
export function readSamplerDraft(draft: SamplerDraft): { sampler: Sampler; faults: SamplerFault[] } {
  const faults: SamplerFault[] = [];
  const sampler: Sampler = {};
  for (const name of SAMPLER_NAMES) {
    const text = draft[name].trim();
    if (text === '') continue;
    const value = readNumber(text, SAMPLER_NUMBERS[name]);
    if (value === null)
      faults.push({ field: name, kind: SAMPLER_NUMBERS[name].isWhole ? 'whole' : 'number' });
    else sampler[name] = value;
  }
  const stop = draft.stop.split('\n').filter((line) => line !== '');
  if (stop.length > 0) sampler.stop = stop;
  if (!samplerSchema.shape.stop.safeParse(sampler.stop).success) faults.push({ field: 'stop', kind: 'stop' });
  if (draft.thinking !== '') sampler.thinking = draft.thinking === 'on';
  return { sampler, faults };
}

/** "0,6" is how half of Europe writes it. */
function readNumber(
  text: string,
  { min, max, isWhole }: { min: number; max: number; isWhole: boolean },
): number | null {
  const value = Number(text.replace(',', '.'));
  if (!Number.isFinite(value) || value < min || value > max) return null;
  return isWhole && !Number.isInteger(value) ? null : value;
}
