/** One profile in the list: its name (edited in place), its switch and its buttons. */
import { Button, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Profile } from '#contract/profile';
import { ErrorNote } from '../../components/error-note.tsx';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import { useChangeProfile, useDeleteProfile, useDuplicateProfile } from './profile-queries.ts';

export function ProfileRow({ profile }: { profile: Profile }) {
  const [name, setName] = useState(profile.name);
  const [isDeleting, setDeleting] = useState(false);
  const change = useChangeProfile();
  const duplicate = useDuplicateProfile();
  const remove = useDeleteProfile();
  const named = (action: string): string => fill(en.cards.named, { action, id: profile.name });
  const error = change.error ?? duplicate.error ?? remove.error;
  const rename = (): void => {
    const wanted = name.trim();
    if (wanted === '' || wanted === profile.name) setName(profile.name);
    else change.mutate({ id: profile.id, change: { name: wanted } });
  };
  return (
    <li className="profile-row">
      <TextInput
        aria-label={named(en.profiles.name)}
        value={name}
        maxLength={80}
        onChange={(event) => setName(event.currentTarget.value)}
        onBlur={rename}
        onKeyDown={(event) => {
          if (event.key === 'Enter') event.currentTarget.blur();
        }}
      />
      <span className="sub truncate">
        {en.recipes[profile.target.recipe]} · {profile.processId}
      </span>
      <div className="row profile-tools">
        <Switch
          size="xs"
          label={en.profiles.startWithRunner}
          checked={profile.startWithRunner}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ id: profile.id, change: { startWithRunner: event.currentTarget.checked } })}
        />
        <span className="grow" />
        {isDeleting ? (
          <>
            <span className="sub">{en.profiles.deleteAsk}</span>
            <Button size="xs" variant="filled" data-danger loading={remove.isPending} onClick={() => remove.mutate(profile.id)}>
              {en.profiles.delete}
            </Button>
            <Button size="xs" onClick={() => setDeleting(false)}>
              {en.cancel}
            </Button>
          </>
        ) : (
          <>
            <Button
              size="xs"
              aria-label={named(en.profiles.duplicate)}
              loading={duplicate.isPending}
              onClick={() => duplicate.mutate(profile.id)}
            >
              {en.profiles.duplicate}
            </Button>
            <Button size="xs" data-danger aria-label={named(en.profiles.delete)} onClick={() => setDeleting(true)}>
              {en.profiles.delete}
            </Button>
          </>
        )}
      </div>
      {error !== null && <ErrorNote message={error.message} />}
    </li>
  );
}
