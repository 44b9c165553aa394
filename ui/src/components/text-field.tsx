/** A labelled field for machine text: monospace, with a hint at its right end and the fault below it. */
import { TextInput, Textarea } from '@mantine/core';
import type { ClipboardEvent } from 'react';

interface TextFieldProps {
  /** Name of the field on the wire; faults and focus find it by this. */
  name: string;
  label: string;
  value: string;
  onChange: (value: string) => void;
  fault?: string | undefined;
  /** A short hint inside the field, at its right end. */
  hint?: string;
  /** A hint below the field. */
  description?: string | undefined;
  placeholder?: string;
  isNumber?: boolean;
  lines?: number;
  /** Returns true when it has handled the pasted text, false to let the field insert it. */
  onPaste?: (text: string) => boolean;
}

export function TextField({
  name,
  label,
  value,
  onChange,
  fault,
  hint,
  description,
  placeholder = '',
  isNumber = false,
  lines = 1,
  onPaste,
}: TextFieldProps) {
  const shared = {
    name,
    label,
    value,
    placeholder,
    autoComplete: 'off',
    spellCheck: false,
    error: fault ?? null,
    description,
    inputWrapperOrder: ['label', 'input', 'description', 'error'] as (
      | 'label'
      | 'input'
      | 'description'
      | 'error'
    )[],
    classNames: { input: 'mono' },
    onChange: (event: { currentTarget: { value: string } }) => onChange(event.currentTarget.value),
    onPaste: (event: ClipboardEvent) => {
      if (onPaste?.(event.clipboardData.getData('text')) === true) event.preventDefault();
    },
  };
  if (lines > 1) return <Textarea {...shared} rows={lines} resize="vertical" />;
  return (
    <TextInput
      {...shared}
      inputMode={isNumber ? 'numeric' : 'text'}
      rightSection={hint === undefined ? null : <span className="field-hint">{hint}</span>}
      rightSectionWidth={hint === undefined ? 0 : hint.length * 6.4 + 16}
      rightSectionProps={{ className: 'section-end' }}
      rightSectionPointerEvents="none"
    />
  );
}
