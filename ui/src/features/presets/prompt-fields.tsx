/** The fields of a prompt, for a preset and for a session alike: texts, template, variables, sampler. */
import { Textarea } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { templateFaultText } from './fault-words.ts';
import { missingVariables, type PromptDraft, type PromptFaults } from './prompt-draft.ts';
import { SamplerFields } from './sampler-fields.tsx';
import { VariableRows } from './variable-rows.tsx';
import './presets.css';

export interface PromptFieldsProps {
  draft: PromptDraft;
  faults: PromptFaults;
  /** Refusals of the runner by the field's name on the wire. */
  refusals?: Readonly<Record<string, string>>;
  isReadOnly?: boolean;
  onChange: (patch: Partial<PromptDraft>) => void;
}

const NONE: Readonly<Record<string, string>> = {};

export function PromptFields({
  draft,
  faults,
  refusals = NONE,
  isReadOnly = false,
  onChange,
}: PromptFieldsProps) {
  const { t } = useTranslation();
  const missing = isReadOnly ? [] : missingVariables(draft);
  const declare = (): void =>
    onChange({ variables: [...draft.variables, ...missing.map((name) => ({ name, value: '' }))] });
  return (
    <>
      <PromptText
        name="system"
        label={t('prompts.system')}
        value={draft.system}
        rows={4}
        isReadOnly={isReadOnly}
        error={refusals['system'] ?? null}
        onChange={(system) => onChange({ system })}
      />
      <PromptText
        name="developer"
        label={t('prompts.developer')}
        description={t('prompts.developerHint')}
        value={draft.developer}
        rows={2}
        isReadOnly={isReadOnly}
        error={refusals['developer'] ?? null}
        onChange={(developer) => onChange({ developer })}
      />
      <div className="field-with-action">
        <PromptText
          name="template"
          label={t('prompts.template')}
          description={t('prompts.templateHint', { place: '{{input}}' })}
          value={draft.template}
          rows={1}
          isReadOnly={isReadOnly}
          isCode
          error={templateFaultText(faults.template, t) ?? refusals['template'] ?? null}
          onChange={(template) => onChange({ template })}
        />
        {missing.length > 0 && (
          <button type="button" className="link-button" onClick={declare}>
            {t('prompts.declare', { names: missing.join(', '), count: missing.length })}
          </button>
        )}
      </div>
      <VariableRows
        rows={draft.variables}
        faults={faults.variables}
        isReadOnly={isReadOnly}
        onChange={(variables) => onChange({ variables })}
      />
      <SamplerFields
        draft={draft.sampler}
        faults={faults.sampler}
        isReadOnly={isReadOnly}
        onChange={(patch) => onChange({ sampler: { ...draft.sampler, ...patch } })}
      />
    </>
  );
}

interface PromptTextProps {
  name: string;
  label: string;
  value: string;
  rows: number;
  error: ReactNode;
  onChange: (value: string) => void;
  description?: string;
  isReadOnly?: boolean;
  isCode?: boolean;
}

function PromptText({
  name,
  label,
  value,
  rows,
  error,
  onChange,
  description,
  isReadOnly = false,
  isCode = false,
}: PromptTextProps) {
  return (
    <Textarea
      name={name}
      label={label}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={value}
      autosize
      minRows={rows}
      maxRows={14}
      readOnly={isReadOnly}
      spellCheck={!isCode}
      autoComplete="off"
      error={error}
      {...(isCode && { classNames: { input: 'mono' } })}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}
