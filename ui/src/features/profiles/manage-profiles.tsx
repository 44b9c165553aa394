/** The dialog that lists all profiles: rename, duplicate, delete, start with the runner, import and export. */
import { Button, Modal, Skeleton } from '@mantine/core';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { saveProfileFile } from './profile-files.ts';
import { useExportProfiles, useImportProfiles, useProfiles } from './profile-queries.ts';
import { ProfileRow } from './profile-row.tsx';
import './profiles.css';

export function ManageProfiles({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const profiles = useProfiles();
  const importing = useImportProfiles();
  const exporting = useExportProfiles();
  const picker = useRef<HTMLInputElement>(null);
  const error = profiles.error ?? importing.error ?? exporting.error;
  return (
    <Modal
      opened
      onClose={onClose}
      title={t('profiles.manageTitle')}
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      {/* Events of a dialog pass through React's tree to the launcher's form: they end here. */}
      {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- nothing to interact with */}
      <div
        className="dialog-body"
        onChange={(event) => event.stopPropagation()}
        onSubmit={(event) => event.stopPropagation()}
      >
        {error !== null && <ErrorNote message={error.message} />}
        {profiles.isPending && <Skeleton height={44} />}
        {profiles.data?.length === 0 && <div className="sub">{t('profiles.none')}</div>}
        <ul className="profile-list">
          {profiles.data?.map((profile) => (
            <ProfileRow key={profile.id} profile={profile} />
          ))}
        </ul>
      </div>
      <div className="dialog-actions">
        <input
          ref={picker}
          type="file"
          accept="application/json,.json"
          hidden
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) importing.mutate(file);
            event.currentTarget.value = '';
          }}
        />
        <Button loading={importing.isPending} onClick={() => picker.current?.click()}>
          {t('profiles.import')}
        </Button>
        <Button
          loading={exporting.isPending}
          disabled={(profiles.data?.length ?? 0) === 0}
          title={t('profiles.exportHint')}
          onClick={() => exporting.mutate(undefined, { onSuccess: saveProfileFile })}
        >
          {t('profiles.export')}
        </Button>
      </div>
    </Modal>
  );
}
