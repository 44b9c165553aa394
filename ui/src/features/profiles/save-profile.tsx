/** Save beside Launch: asks for a name, saves the form as it stands; a loaded profile can be overwritten. */
import { Button, Modal, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { ProfileInput } from '#contract/profile';
import { ErrorNote } from '../../components/error-note.tsx';
import { useChangeProfile, useProfiles, useSaveProfile } from './profile-queries.ts';

/** What of a profile the form says. */
type FormPart = Pick<ProfileInput, 'target' | 'processId' | 'restart'>;

interface SaveProfileProps {
  /** null: the form has faults. */
  form: FormPart | null;
  loadedId: string | null;
  onSaved: (id: string) => void;
}

export function SaveProfile({ form, loadedId, onSaved }: SaveProfileProps) {
  const { t } = useTranslation();
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <Button
        disabled={form === null}
        title={form === null ? t('profiles.saveNeedsForm') : t('profiles.saveHint')}
        onClick={() => setOpen(true)}
      >
        {t('profiles.save')}
      </Button>
      {isOpen && form !== null && (
        <SaveDialog form={form} loadedId={loadedId} onSaved={onSaved} onClose={() => setOpen(false)} />
      )}
    </>
  );
}

interface SaveDialogProps {
  form: FormPart;
  loadedId: string | null;
  onSaved: (id: string) => void;
  onClose: () => void;
}

function SaveDialog({ form, loadedId, onSaved, onClose }: SaveDialogProps) {
  const { t } = useTranslation();
  const loaded = useProfiles().data?.find(({ id }) => id === loadedId);
  const [name, setName] = useState('');
  const save = useSaveProfile();
  const change = useChangeProfile();
  const error = save.error ?? change.error;
  const finish = (id: string): void => {
    onSaved(id);
    onClose();
  };
  const saveNew = (): void =>
    save.mutate(
      { ...form, name, startWithRunner: false, onDemand: null },
      { onSuccess: ({ profile }) => finish(profile.id) },
    );
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('profiles.saveTitle')}
      size="sm"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="dialog-body"
        // The dialog stands inside the launcher in React's tree: its events must not reach the launcher's form.
        onChange={(event) => event.stopPropagation()}
        onSubmit={(event) => {
          event.preventDefault();
          event.stopPropagation();
          if (name.trim() !== '') saveNew();
        }}
      >
        <TextInput
          label={t('profiles.name')}
          value={name}
          maxLength={80}
          data-autofocus
          autoComplete="off"
          onChange={(event) => setName(event.currentTarget.value)}
        />
        {error !== null && <ErrorNote message={error.message} />}
        <div className="dialog-actions">
          {loaded !== undefined && (
            <Button
              loading={change.isPending}
              onClick={() =>
                change.mutate(
                  { id: loaded.id, change: form },
                  { onSuccess: ({ profile }) => finish(profile.id) },
                )
              }
            >
              {t('profiles.update', { name: loaded.name })}
            </Button>
          )}
          <Button type="submit" variant="filled" disabled={name.trim() === ''} loading={save.isPending}>
            {t('profiles.saveNew')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
