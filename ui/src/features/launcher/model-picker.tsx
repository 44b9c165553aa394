/** A field for a model file: the found ones to choose from, any other path to type. */
import { Autocomplete } from '@mantine/core';
import { useLayoutEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Model } from '#contract/system';
import { formatBytes } from '../../format/bytes.ts';
import { describeModel } from './model-words.ts';

interface ModelPickerProps {
  name: string;
  label: string;
  value: string;
  models: readonly Model[];
  fault: string | undefined;
  onChange: (path: string) => void;
}

export function ModelPicker({ name, label, value, models, fault, onChange }: ModelPickerProps) {
  const { t } = useTranslation();
  const [isEditing, setEditing] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  // The text has just become the path: typing replaces it as a whole.
  useLayoutEffect(() => {
    if (isEditing) input.current?.select();
  }, [isEditing]);
  const chosen = models.find(({ path }) => path === value);
  // While nobody edits it, a known model is shown by its name: a long path would hide just that.
  const shown = isEditing || chosen === undefined ? value : chosen.name;
  return (
    <Autocomplete
      ref={input}
      name={name}
      label={label}
      value={shown}
      data={models.map(({ path }) => path)}
      placeholder={models.length > 0 ? t('model.placeholder') : t('model.placeholderPath')}
      error={fault ?? null}
      spellCheck={false}
      classNames={{ input: 'mono' }}
      maxDropdownHeight={300}
      comboboxProps={{ shadow: 'md', transitionProps: { duration: 80 } }}
      rightSection={
        chosen === undefined || isEditing ? null : (
          <span className="field-hint">{formatBytes(chosen.sizeBytes)}</span>
        )
      }
      rightSectionWidth={72}
      rightSectionProps={{ className: 'section-end' }}
      rightSectionPointerEvents="none"
      title={value}
      onFocus={() => setEditing(true)}
      onBlur={() => setEditing(false)}
      onChange={(next) => {
        if (next !== shown) onChange(next);
      }}
      filter={({ options, search }) => filterModels(options as { value: string }[], search) as typeof options}
      renderOption={({ option }) => (
        <ModelOption model={models.find(({ path }) => path === option.value)} path={option.value} />
      )}
    />
  );
}

/** Everything is offered as long as the text is a model that was chosen. */
function filterModels<T extends { value: string }>(options: T[], search: string): T[] {
  const wanted = search.trim().toLowerCase();
  if (options.some(({ value }) => value.toLowerCase() === wanted)) return options;
  return options.filter(({ value }) => value.toLowerCase().includes(wanted));
}

function ModelOption({ model, path }: { model: Model | undefined; path: string }) {
  const { t } = useTranslation();
  if (model === undefined) return path;
  return (
    <div className="model-option">
      <span className="row">
        <span className="mono grow truncate">{model.name}</span>
        <span className="sub">{formatBytes(model.sizeBytes)}</span>
      </span>
      <span className="sub truncate">{describeModel(model, t)}</span>
    </div>
  );
}
