/** Adds a server by hand, or changes one; of a launched one only what is ours to change. */
import { Button, Modal, PasswordInput, Select, Switch, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { ErrorNote } from '../../components/error-note.tsx';
import { toEndpointChange, toEndpointDraft, toEndpointInput, type EndpointDraft } from './endpoint-draft.ts';
import { useAddEndpoint, useChangeEndpoint } from './endpoint-queries.ts';

interface EndpointDialogProps {
  /** null: a new one. */
  endpoint: Endpoint | null;
  presets: readonly { id: string; name: string }[];
  onClose: () => void;
}

export function EndpointDialog({ endpoint, presets, onClose }: EndpointDialogProps) {
  const { t } = useTranslation();
  const [draft, setDraft] = useState(() => toEndpointDraft(endpoint));
  const add = useAddEndpoint();
  const change = useChangeEndpoint();
  const patch = (part: Partial<EndpointDraft>): void => setDraft((before) => ({ ...before, ...part }));
  const error = add.error ?? change.error;
  const isManual = endpoint === null || endpoint.source === 'manual';
  const isReady = draft.name.trim() !== '' && /^https?:\/\/./.test(draft.baseUrl.trim());
  const save = (): void => {
    if (endpoint === null) add.mutate(toEndpointInput(draft), { onSuccess: onClose });
    else
      change.mutate({ id: endpoint.id, change: toEndpointChange(draft, endpoint) }, { onSuccess: onClose });
  };
  return (
    <Modal
      opened
      onClose={onClose}
      title={endpoint === null ? t('endpoints.addTitle') : t('endpoints.editTitle', { name: endpoint.name })}
      size="sm"
      closeButtonProps={{ 'aria-label': t('close') }}
    >
      <form
        className="endpoint-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (isReady) save();
        }}
      >
        {isManual && <ManualFields draft={draft} endpoint={endpoint} onChange={patch} />}
        <TextInput
          label={t('endpoints.model')}
          description={
            endpoint === null || endpoint.models.length < 2
              ? t('endpoints.modelHint')
              : endpoint.models.join(', ')
          }
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          classNames={{ input: 'mono' }}
          placeholder={endpoint?.model ?? ''}
          value={draft.model}
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => patch({ model: event.currentTarget.value })}
        />
        <Select
          label={t('endpoints.defaultPreset')}
          placeholder={t('endpoints.noDefaultPreset')}
          data={presets.map(({ id, name }) => ({ value: id, label: name }))}
          value={draft.presetId}
          clearable
          clearButtonProps={{ 'aria-label': t('endpoints.clearPreset') }}
          onChange={(presetId) => patch({ presetId })}
        />
        {error !== null && <ErrorNote message={error.message} />}
        <div className="dialog-actions">
          <Button onClick={onClose}>{t('cancel')}</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={!isReady}
            loading={add.isPending || change.isPending}
          >
            {endpoint === null ? t('endpoints.addConfirm') : t('endpoints.save')}
          </Button>
        </div>
      </form>
    </Modal>
  );
}

interface ManualFieldsProps {
  draft: EndpointDraft;
  endpoint: Endpoint | null;
  onChange: (part: Partial<EndpointDraft>) => void;
}

function ManualFields({ draft, endpoint, onChange }: ManualFieldsProps) {
  const { t } = useTranslation();
  return (
    <>
      <TextInput
        label={t('endpoints.name')}
        value={draft.name}
        maxLength={80}
        data-autofocus
        autoComplete="off"
        onChange={(event) => onChange({ name: event.currentTarget.value })}
      />
      <TextInput
        label={t('endpoints.address')}
        description={t('endpoints.addressHint')}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        classNames={{ input: 'mono' }}
        value={draft.baseUrl}
        inputMode="url"
        autoComplete="off"
        spellCheck={false}
        onChange={(event) => onChange({ baseUrl: event.currentTarget.value })}
      />
      <PasswordInput
        label={t('endpoints.apiKey')}
        placeholder={endpoint?.hasApiKey === true ? t('endpoints.keyStays') : t('endpoints.noKey')}
        value={draft.apiKey}
        disabled={draft.removesKey}
        autoComplete="new-password"
        visibilityToggleButtonProps={{ 'aria-label': t('endpoints.showKey') }}
        onChange={(event) => onChange({ apiKey: event.currentTarget.value })}
      />
      {endpoint?.hasApiKey === true && (
        <Switch
          size="xs"
          label={t('endpoints.removeKey')}
          checked={draft.removesKey}
          onChange={(event) => onChange({ removesKey: event.currentTarget.checked, apiKey: '' })}
        />
      )}
    </>
  );
}
