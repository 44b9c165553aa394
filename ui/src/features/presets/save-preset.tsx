/** Saves a prompt as a new preset, or over the one that it was taken from. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset, Prompt } from '#contract/preset';
import { ErrorNote } from '../../components/error-note.tsx';
import { useChangePreset, useCreatePreset } from './preset-queries.ts';

interface SavePresetProps {
  prompt: Prompt;
  /** The user's own preset that can be overwritten. */
  preset: Preset | null;
  onSaved: (preset: Preset) => void;
  onClose: () => void;
}

export function SavePreset({ prompt, preset, onSaved, onClose }: SavePresetProps) {
  const { t } = useTranslation();
  const [name, setName] = useState('');
  const create = useCreatePreset();
  const change = useChangePreset();
  const error = create.error ?? change.error;
  const finish = (answer: { preset: Preset }): void => {
    onSaved(answer.preset);
    onClose();
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('prompts.saveTitle')}
      size="sm"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="dialog-body"
        onSubmit={(event) => {
          event.preventDefault();
          // The dialog stands inside the panel's form in React's tree.
          event.stopPropagation();
          if (name.trim() !== '') create.mutate({ name, description: '', ...prompt }, { onSuccess: finish });
        }}
      >
        <TextInput
          label={t('prompts.name')}
          value={name}
          maxLength={80}
          data-autofocus
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {error !== null && <ErrorNote message={error.message} />}
        <div className="dialog-actions wrap">
          {preset !== null && (
            <Button
              loading={change.isPending}
              onClick={() => change.mutate({ id: preset.id, change: prompt }, { onSuccess: finish })}
            >
              {t('prompts.update', { name: preset.name })}
            </Button>
          )}
          <Button type="submit" variant="filled" disabled={name.trim() === ''} loading={create.isPending}>
            {t('prompts.saveNew')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
