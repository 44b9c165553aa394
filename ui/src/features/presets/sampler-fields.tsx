/** Sampler settings; an empty field leaves the choice to the server. */
import { Select, TextInput, Textarea } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { samplerFaultText } from './fault-words.ts';
import type { PromptFaults } from './prompt-draft.ts';
import { SAMPLER_NAMES, type SamplerDraft } from './sampler-draft.ts';

interface SamplerFieldsProps {
  draft: SamplerDraft;
  faults: PromptFaults['sampler'];
  isReadOnly: boolean;
  onChange: (patch: Partial<SamplerDraft>) => void;
}

const THINKING = ['', 'on', 'off'] as const;

export function SamplerFields({ draft, faults, isReadOnly, onChange }: SamplerFieldsProps) {
  const { t } = useTranslation();
  return (
    <fieldset className="sampler">
      <legend>{t('prompts.sampler')}</legend>
      <div className="sampler-grid">
        {SAMPLER_NAMES.map((name) => (
          <TextInput
            key={name}
            name={name}
            label={t(`prompts.samplerFields.${name}`)}
            placeholder={t('prompts.auto')}
            classNames={{ input: 'mono' }}
            inputMode="decimal"
            autoComplete="off"
            value={draft[name]}
            readOnly={isReadOnly}
            error={samplerFaultText(name, faults[name], t)}
            onChange={(event) => onChange({ [name]: event.currentTarget.value })}
          />
        ))}
        <Select
          label={t('prompts.thinking')}
          name="thinking"
          data={THINKING.map((value) => ({
            value,
            label: t(`prompts.thinkingChoices.${value === '' ? 'auto' : value}`),
          }))}
          value={draft.thinking}
          allowDeselect={false}
          readOnly={isReadOnly}
          className="span-2"
          onChange={(value) => onChange({ thinking: value ?? '' })}
        />
      </div>
      <Textarea
        name="stop"
        label={t('prompts.stop')}
        description={t('prompts.stopHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        classNames={{ input: 'mono' }}
        autosize
        minRows={1}
        maxRows={6}
        value={draft.stop}
        readOnly={isReadOnly}
        error={faults.stop === undefined ? null : t('prompts.faults.stop')}
        onChange={(event) => onChange({ stop: event.currentTarget.value })}
      />
    </fieldset>
  );
}
