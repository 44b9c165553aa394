/** A prompt while it is edited: rows of variables and texts of numbers, which become a prompt or faults at their fields. */
import { z } from 'zod';
import type { Prompt } from '#contract/preset';
import { namesInTemplate, templateFault } from '#contract/prompt-template';
import { readSamplerDraft, samplerDraftSchema, toSamplerDraft, type SamplerFault } from './sampler-draft.ts';

export const promptDraftSchema = z.object({
  system: z.string(),
  developer: z.string(),
  template: z.string(),
  variables: z.array(z.object({ name: z.string(), value: z.string() })),
  sampler: samplerDraftSchema,
});
export type PromptDraft = z.infer<typeof promptDraftSchema>;

export type VariableFault = 'name' | 'input' | 'twice';

export interface PromptFaults {
  /** `names` empty: the place of the input is missing; else the variables that nothing is named after. */
  template: { names: string[] } | null;
  /** By row. */
  variables: Partial<Record<number, VariableFault>>;
  sampler: Partial<Record<SamplerFault['field'], SamplerFault['kind']>>;
}

export function toPromptDraft(prompt: Prompt): PromptDraft {
  return {
    system: prompt.system,
    developer: prompt.developer,
    template: prompt.template,
    variables: Object.entries(prompt.variables).map(([name, value]) => ({ name, value })),
    sampler: toSamplerDraft(prompt.sampler),
  };
}

/** `prompt` null: there are faults. */
export function readPromptDraft(draft: PromptDraft): { prompt: Prompt | null; faults: PromptFaults } {
  const rows = draft.variables.filter(({ name, value }) => name.trim() !== '' || value !== '');
  const variables = Object.fromEntries(rows.map(({ name, value }) => [name.trim(), value]));
  const { sampler, faults } = readSamplerDraft(draft.sampler);
  const found: PromptFaults = {
    template: readTemplate(draft.template, variables),
    variables: variableFaults(draft.variables),
    sampler: Object.fromEntries(faults.map(({ field, kind }) => [field, kind])),
  };
  const isFaulty = found.template !== null || Object.keys(found.variables).length > 0 || faults.length > 0;
  const { system, developer, template } = draft;
  return { prompt: isFaulty ? null : { system, developer, template, variables, sampler }, faults: found };
}

/** Names that the template uses and no row declares. */
export function missingVariables({ template, variables }: PromptDraft): string[] {
  const declared = new Set(variables.map(({ name }) => name.trim()));
  return namesInTemplate(template).filter((name) => name !== 'input' && !declared.has(name));
}

export function isSamePrompt(one: PromptDraft, other: PromptDraft): boolean {
  return JSON.stringify(promptDraftSchema.parse(one)) === JSON.stringify(promptDraftSchema.parse(other));
}

function readTemplate(template: string, variables: Record<string, string>): PromptFaults['template'] {
  if (templateFault(template, variables) === null) return null;
  const names = namesInTemplate(template);
  if (!names.includes('input')) return { names: [] };
  return { names: names.filter((name) => name !== 'input' && !Object.hasOwn(variables, name)) };
}

function variableFaults(rows: PromptDraft['variables']): PromptFaults['variables'] {
  const faults: PromptFaults['variables'] = {};
  const seen = new Set<string>();
  for (const [row, variable] of rows.entries()) {
    const name = variable.name.trim();
    if (name === '' && variable.value === '') continue;
    if (!/^[A-Za-z_][A-Za-z0-9_]{0,63}$/.test(name)) faults[row] = 'name';
    else if (name === 'input') faults[row] = 'input';
    else if (seen.has(name)) faults[row] = 'twice';
    seen.add(name);
  }
  return faults;
}
