/** One profile in the list: its name (edited in place), its switches and its buttons. */
import { Button, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Profile } from '#contract/profile';
import { ErrorNote } from '../../components/error-note.tsx';
import { OnDemandSetting } from './on-demand-setting.tsx';
import { useChangeProfile, useDeleteProfile, useDuplicateProfile } from './profile-queries.ts';

export function ProfileRow({ profile }: { profile: Profile }) {
  const { t } = useTranslation();
  const [name, setName] = useState(profile.name);
  const [isDeleting, setDeleting] = useState(false);
  const change = useChangeProfile();
  const duplicate = useDuplicateProfile();
  const remove = useDeleteProfile();
  const named = (action: string): string => t('cards.named', { action, id: profile.name });
  const error = change.error ?? duplicate.error ?? remove.error;
  const rename = (): void => {
    const wanted = name.trim();
    if (wanted === '' || wanted === profile.name) setName(profile.name);
    else change.mutate({ id: profile.id, change: { name: wanted } });
  };
  return (
    <li className="profile-row">
      <TextInput
        aria-label={named(t('profiles.name'))}
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <span className="sub truncate">
        {t(`recipes.${profile.target.recipe}`)} · {profile.processId}
      </span>
      <div className="row profile-tools">
        <Switch
          size="xs"
          label={t('profiles.startWithRunner')}
          checked={profile.startWithRunner}
          disabled={change.isPending}
          onChange={(event) =>
            change.mutate({ id: profile.id, change: { startWithRunner: event.currentTarget.checked } })
          }
        />
        <span className="grow" />
        {isDeleting ? (
          <>
            <span className="sub">{t('profiles.deleteAsk')}</span>
            <Button
              size="xs"
              variant="filled"
              data-danger
              loading={remove.isPending}
              onClick={() => remove.mutate(profile.id)}
            >
              {t('profiles.delete')}
            </Button>
            <Button size="xs" onClick={() => setDeleting(false)}>
              {t('cancel')}
            </Button>
          </>
        ) : (
          <>
            <Button
              size="xs"
              aria-label={named(t('profiles.duplicate'))}
              loading={duplicate.isPending}
              onClick={() => duplicate.mutate(profile.id)}
            >
              {t('profiles.duplicate')}
            </Button>
            <Button
              size="xs"
              data-danger
              aria-label={named(t('profiles.delete'))}
              onClick={() => setDeleting(true)}
            >
              {t('profiles.delete')}
            </Button>
          </>
        )}
      </div>
      <OnDemandSetting profile={profile} />
      {error !== null && <ErrorNote message={error.message} />}
    </li>
  );
}
