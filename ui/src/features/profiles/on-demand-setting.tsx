/** The switch of a profile that lets requests launch it, and with what rules. */
import { Button, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { OnDemandSettings, Profile } from '#contract/profile';
import { ErrorNote } from '../../components/error-note.tsx';
import {
  DEFAULT_ON_DEMAND,
  canBeOnDemand,
  readOnDemandDraft,
  toOnDemandDraft,
  type OnDemandDraft,
} from './on-demand-draft.ts';
import { useChangeProfile } from './profile-queries.ts';

export function OnDemandSetting({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const change = useChangeProfile();
  const { onDemand, name } = profile;
  const isPossible = canBeOnDemand(profile.target);
  const apply = (settings: OnDemandSettings | null): void =>
    change.mutate({ id: profile.id, change: { onDemand: settings } });
  return (
    <div className="on-demand">
      <Switch
        size="xs"
        label={t('profiles.onDemand.switch')}
        description={isPossible ? t('profiles.onDemand.text') : t('profiles.onDemand.serversOnly')}
        checked={onDemand !== null}
        disabled={!isPossible || change.isPending}
        onChange={(event) => apply(event.currentTarget.checked ? DEFAULT_ON_DEMAND : null)}
      />
      {onDemand !== null && (
        <OnDemandFields
          key={JSON.stringify(onDemand)}
          name={name}
          settings={onDemand}
          isSaving={change.isPending}
          onSave={apply}
        />
      )}
      {change.error !== null && <ErrorNote message={change.error.message} />}
    </div>
  );
}

interface OnDemandFieldsProps {
  /** Of the profile. */
  name: string;
  settings: OnDemandSettings;
  isSaving: boolean;
  onSave: (settings: OnDemandSettings) => void;
}

const HINT_BELOW = ['label', 'input', 'description', 'error'] as (
  | 'label'
  | 'input'
  | 'description'
  | 'error'
)[];

function OnDemandFields({ name, settings, isSaving, onSave }: OnDemandFieldsProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => toOnDemandDraft(settings));
  const read = readOnDemandDraft(draft);
  const isEdited = JSON.stringify(read.settings) !== JSON.stringify(settings);
  const patch = (part: Partial<OnDemandDraft>): void => setDraft((before) => ({ ...before, ...part }));
  return (
    <form
      className="on-demand-fields"
      aria-label={t('profiles.onDemand.formOf', { name })}
      onSubmit={(event) => {
        event.preventDefault();
        if (read.settings !== null) onSave(read.settings);
      }}
    >
      <TextInput
        label={t('profiles.onDemand.idle')}
        description={t('profiles.onDemand.idleHint')}
        inputWrapperOrder={HINT_BELOW}
        placeholder={t('profiles.onDemand.never')}
        classNames={{ input: 'mono' }}
        inputMode="decimal"
        autoComplete="off"
        value={draft.idle}
        disabled={draft.pinned}
        error={read.faults.has('idleSeconds') ? t('profiles.onDemand.idleFault') : null}
        onChange={(event) => patch({ idle: event.currentTarget.value })}
      />
      <TextInput
        label={t('profiles.onDemand.group')}
        description={t('profiles.onDemand.groupHint')}
        inputWrapperOrder={HINT_BELOW}
        placeholder={t('profiles.onDemand.noGroup')}
        autoComplete="off"
        value={draft.group}
        maxLength={40}
        onChange={(event) => patch({ group: event.currentTarget.value })}
      />
      <TextInput
        label={t('profiles.onDemand.memory')}
        description={t('profiles.onDemand.memoryHint')}
        inputWrapperOrder={HINT_BELOW}
        placeholder={t('profiles.onDemand.estimated')}
        classNames={{ input: 'mono' }}
        inputMode="numeric"
        autoComplete="off"
        value={draft.memoryMb}
        error={read.faults.has('memoryMb') ? t('profiles.onDemand.memoryFault') : null}
        onChange={(event) => patch({ memoryMb: event.currentTarget.value })}
      />
      <div className="row on-demand-foot">
        <Switch
          className="grow"
          size="xs"
          label={t('profiles.onDemand.pinned')}
          checked={draft.pinned}
          onChange={(event) => patch({ pinned: event.currentTarget.checked })}
        />
        <Button
          type="submit"
          size="xs"
          variant="filled"
          disabled={read.settings === null || !isEdited}
          loading={isSaving}
        >
          {t('profiles.onDemand.save')}
        </Button>
      </div>
    </form>
  );
}
