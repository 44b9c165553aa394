/** Makes a key and tells its secret this once, or changes one. */
import { Button, Modal } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayKey } from '#contract/gateway';
import { ErrorNote } from '../../components/error-note.tsx';
import { useNow } from '../../components/use-now.ts';
import { useChangeKey, useCreateKey } from './gateway-queries.ts';
import { dayOf, readKeyDraft, toKeyChange, toKeyDraft } from './key-draft.ts';
import { KeyFields } from './key-fields.tsx';
import { KeySecret } from './key-secret.tsx';

interface KeyDialogProps {
  /** null: a new one. */
  apiKey: GatewayKey | null;
  /** To choose from; others can be typed. */
  models: readonly string[];
  onClose: () => void;
}

export function KeyDialog({ apiKey, models, onClose }: KeyDialogProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => toKeyDraft(apiKey));
  const [isTried, setTried] = useState(false);
  const nowMs = useNow(10_000);
  const create = useCreateKey();
  const change = useChangeKey();
  const error = create.error ?? change.error;
  const { input, faults } = readKeyDraft(draft, apiKey, nowMs);
  const save = (): void => {
    setTried(true);
    if (input === null) return;
    if (apiKey === null) create.mutate(input);
    else change.mutate({ id: apiKey.id, change: toKeyChange(input, apiKey) }, { onSuccess: onClose });
  };
  if (create.data !== undefined)
    return <KeySecret name={create.data.key.name} secret={create.data.secret} onClose={onClose} />;
  return (
    <Modal
      opened
      onClose={onClose}
      title={
        apiKey === null ? t('gateway.keys.newTitle') : t('gateway.keys.editTitle', { name: apiKey.name })
      }
      size="lg"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="gateway-form"
        noValidate
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <KeyFields
          draft={draft}
          // What nobody has touched yet is no fault to be told of.
          faults={isTried ? faults : { ...faults, ...(draft.name === '' && { name: undefined }) }}
          models={models}
          today={dayOf(new Date(nowMs).toISOString())}
          onChange={(part) => setDraft((before) => ({ ...before, ...part }))}
        />
        {error !== null && <ErrorNote message={error.message} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={isTried && input === null}
            loading={create.isPending || change.isPending}
          >
            {t(apiKey === null ? 'gateway.keyForm.create' : 'gateway.keyForm.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
