/** "Prompt for this session": edited here, saved as a preset, applied to the session. */
import { Button, Select } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Prompt } from '#contract/preset';
import { ErrorNote } from '../../components/error-note.tsx';
import { usePresets } from './preset-queries.ts';
import { PromptFields } from './prompt-fields.tsx';
import { SavePreset } from './save-preset.tsx';
import type { SessionPromptControl } from './use-session-prompt.ts';
import './presets.css';

interface SessionPromptProps {
  control: SessionPromptControl;
  /** The command that launched the session's server, where this runner did. */
  launch: string | null;
  isApplying: boolean;
  error: Error | null;
  onApply: (prompt: Prompt, presetId: string | null) => void;
}

export function SessionPrompt({ control, launch, isApplying, error, onApply }: SessionPromptProps) {
  const { t } = useTranslation();
  const presets = usePresets();
  const [isSaving, setSaving] = useState(false);
  const { draft, presetId, prompt, faults, isEdited } = control;
  const apply = (): void => {
    if (prompt !== null) onApply(prompt, presetId);
  };
  return (
    <form
      className="session-prompt"
      aria-label={t('prompts.forSession')}
      onSubmit={(event) => {
        event.preventDefault();
        if (isEdited) apply();
      }}
    >
      <div className="session-prompt-scroll">
        <Select
          name="preset"
          label={t('prompts.preset')}
          placeholder={t('prompts.noPreset')}
          data={presets.data?.map(({ id, name }) => ({ value: id, label: name })) ?? []}
          value={presetId}
          clearable
          searchable
          nothingFoundMessage={t('prompts.nothingFound')}
          clearButtonProps={{ 'aria-label': t('prompts.clearPreset') }}
          onChange={(id) => control.choose(presets.data?.find((preset) => preset.id === id) ?? null)}
        />
        <PromptFields draft={draft} faults={faults} onChange={control.change} />
        {launch !== null && (
          <div className="launched-as">
            <span className="sub">{t('prompts.launchedAs')}</span> <span className="mono">{launch}</span>
          </div>
        )}
      </div>
      <div className="session-prompt-foot">
        {error !== null && <ErrorNote message={error.message} />}
        {isEdited && (
          <div className="row not-applied">
            <span className="grow">{t('prompts.notApplied')}</span>
            <button type="button" className="link-button" onClick={control.discard}>
              {t('prompts.discard')}
            </button>
          </div>
        )}
        <div className="row">
          <Button disabled={prompt === null} onClick={() => setSaving(true)}>
            {t('prompts.savePreset')}
          </Button>
          <span className="grow" />
          <Button type="submit" variant="filled" disabled={!isEdited || prompt === null} loading={isApplying}>
            {t('prompts.apply')}
          </Button>
        </div>
      </div>
      {isSaving && prompt !== null && (
        <SavePreset
          prompt={prompt}
          preset={presets.data?.find(({ id, origin }) => id === presetId && origin === 'user') ?? null}
          onSaved={control.choose}
          onClose={() => setSaving(false)}
        />
      )}
    </form>
  );
}
