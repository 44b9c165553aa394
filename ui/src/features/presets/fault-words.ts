/** Faults of a prompt's fields in words. */
import type { TFunction } from 'i18next';
import type { PromptFaults, VariableFault } from './prompt-draft.ts';
import { SAMPLER_NUMBERS, type SamplerFault, type SamplerNumber } from './sampler-draft.ts';

export function templateFaultText(fault: PromptFaults['template'], t: TFunction): string | null {
  if (fault === null) return null;
  if (fault.names.length === 0) return t('prompts.faults.noInput', { place: '{{input}}' });
  const names = fault.names.map((name) => `{{${name}}}`).join(', ');
  return t('prompts.faults.unknownNames', { names, count: fault.names.length });
}

export function variableFaultText(fault: VariableFault | undefined, t: TFunction): string | null {
  return fault === undefined ? null : t(`prompts.faults.${fault}`);
}

export function samplerFaultText(
  field: SamplerNumber,
  fault: SamplerFault['kind'] | undefined,
  t: TFunction,
): string | null {
  if (fault === undefined) return null;
  const { min, max } = SAMPLER_NUMBERS[field];
  return t(fault === 'whole' ? 'prompts.faults.whole' : 'prompts.faults.number', { min, max });
}
