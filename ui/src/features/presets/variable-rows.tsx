/** The variables of a template: each row a name and its value. */
import { ActionIcon, Button, TextInput } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../../components/icon.tsx';
import { variableFaultText } from './fault-words.ts';
import type { PromptDraft, PromptFaults } from './prompt-draft.ts';

type Row = PromptDraft['variables'][number];

interface VariableRowsProps {
  rows: readonly Row[];
  faults: PromptFaults['variables'];
  isReadOnly: boolean;
  onChange: (rows: Row[]) => void;
}

export function VariableRows({ rows, faults, isReadOnly, onChange }: VariableRowsProps) {
  const { t } = useTranslation();
  if (isReadOnly && rows.length === 0) return null;
  const change = (at: number, patch: Partial<Row>): void =>
    onChange(rows.map((row, index) => (index === at ? { ...row, ...patch } : row)));
  return (
    <fieldset className="variables">
      <legend>{t('prompts.variables')}</legend>
      {rows.map((row, index) => (
        // oxlint-disable-next-line react/no-array-index-key -- names change while they are typed; a row is its place
        <div key={index} className="variable-row">
          <TextInput
            aria-label={t('prompts.variableName', { number: index + 1 })}
            placeholder={t('prompts.namePlaceholder')}
            classNames={{ input: 'mono' }}
            value={row.name}
            readOnly={isReadOnly}
            autoComplete="off"
            spellCheck={false}
            error={variableFaultText(faults[index], t)}
            onChange={(event) => change(index, { name: event.currentTarget.value })}
          />
          <TextInput
            aria-label={t('prompts.variableValue', { name: row.name })}
            placeholder={t('prompts.valuePlaceholder')}
            value={row.value}
            readOnly={isReadOnly}
            autoComplete="off"
            onChange={(event) => change(index, { value: event.currentTarget.value })}
          />
          {!isReadOnly && (
            <ActionIcon
              aria-label={t('prompts.removeVariable', { name: row.name })}
              onClick={() => onChange(rows.filter((_, place) => place !== index))}
            >
              <Icon name="close" size={13} />
            </ActionIcon>
          )}
        </div>
      ))}
      {!isReadOnly && (
        <Button size="xs" onClick={() => onChange([...rows, { name: '', value: '' }])}>
          {t('prompts.addVariable')}
        </Button>
      )}
    </fieldset>
  );
}
