/** The foot of the launcher: what the runner refused, the preview with its shell, Copy, Save and Launch. */
import { Button, Select } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LaunchTarget, RecipeContext, Shell } from '#contract/launch-form';
import { CopyButton } from '../../components/copy-button.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { CommandPreview } from './command-preview.tsx';
import { usePreview } from './use-preview.ts';

interface LaunchBarProps {
  target: LaunchTarget | null;
  context: RecipeContext | null;
  error: Error | null;
  isBusy: boolean;
  save: ReactNode;
}

const SHELLS = ['posix', 'cmd', 'powershell'] as const;

export function LaunchBar({ target, context, error, isBusy, save }: LaunchBarProps) {
  const { t } = useTranslation();
  const [chosenShell, setShell] = useState<Shell | null>(null);
  const shell = chosenShell ?? (context?.platform === 'win32' ? 'cmd' : 'posix');
  const preview = usePreview(target, context, shell);
  return (
    <div className="launch-bar">
      {error !== null && <ErrorNote message={error.message} />}
      <CommandPreview line={preview?.shown ?? null} />
      <div className="row">
        <CopyButton text={preview?.copied ?? ''} label={t('preview.copy')} disabled={preview === null} />
        <Select
          className="shell-select"
          aria-label={t('preview.shell')}
          data={SHELLS.map((value) => ({ value, label: t(`shells.${value}`) }))}
          value={shell}
          allowDeselect={false}
          size="xs"
          onChange={(value) => setShell(value)}
        />
        <span className="grow" />
        {save}
        <Button type="submit" variant="filled" size="md" loading={isBusy} title={t('form.launchKeys')}>
          {t('form.launch')}
        </Button>
      </div>
    </div>
  );
}
