/** One preset with all its fields: saved, copied, deleted; a shipped one can be read and copied. */
import { Button, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset } from '#contract/preset';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import type { TextStore } from './kept-prompt.ts';
import { useChangePreset, useDeletePreset, useDuplicatePreset } from './preset-queries.ts';
import { PromptFields } from './prompt-fields.tsx';
import { refusalsOf } from './refusals.ts';
import { usePresetDraft, type PresetControl } from './use-preset-draft.ts';

interface PresetEditorProps {
  preset: Preset;
  drafts: TextStore;
  uses: ReactNode;
  backHref: string;
  onShow: (id: string | null) => void;
}

export function PresetEditor({ preset, drafts, uses, backHref, onShow }: PresetEditorProps) {
  const { t } = useTranslation();
  const control = usePresetDraft(preset, drafts);
  const change = useChangePreset();
  const duplicate = useDuplicatePreset();
  const isShipped = preset.origin === 'shipped';
  const refusals = refusalsOf(change.error);
  const error = duplicate.error ?? (Object.keys(refusals).length === 0 ? change.error : null);
  const { draft, input, faults, isEdited } = control;
  const save = (): void => {
    if (input !== null) change.mutate({ id: preset.id, change: input }, { onSuccess: control.discard });
  };
  return (
    <form
      className="preset-editor"
      aria-label={preset.name}
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <div className="preset-head">
        <a className="preset-back" href={backHref}>
          {t('prompts.back')}
        </a>
        <h2 className="truncate grow">{preset.name}</h2>
        <div className="row wrap">{uses}</div>
      </div>
      <div className="preset-fields">
        {isShipped && (
          <div className="note note-info">
            <div>{t('prompts.shippedNote')}</div>
          </div>
        )}
        <TextInput
          name="name"
          label={t('prompts.name')}
          value={draft.name}
          maxLength={80}
          readOnly={isShipped}
          autoComplete="off"
          error={draft.name.trim() === '' ? t('prompts.faults.noName') : (refusals['name'] ?? null)}
          onChange={(event) => control.change({ name: event.currentTarget.value })}
        />
        <TextInput
          name="description"
          label={t('prompts.description')}
          value={draft.description}
          maxLength={500}
          readOnly={isShipped}
          autoComplete="off"
          onChange={(event) => control.change({ description: event.currentTarget.value })}
        />
        <PromptFields
          draft={draft}
          faults={faults}
          refusals={refusals}
          isReadOnly={isShipped}
          onChange={control.change}
        />
        {error !== null && <ErrorNote message={error.message} />}
      </div>
      <div className="preset-foot">
        {isEdited && <EditedNote control={control} />}
        <div className="row wrap">
          {!isShipped && <DeletePreset preset={preset} onDeleted={() => onShow(null)} />}
          <Button
            loading={duplicate.isPending}
            onClick={() => duplicate.mutate(preset.id, { onSuccess: (made) => onShow(made.preset.id) })}
          >
            {t('prompts.duplicate')}
          </Button>
          <span className="grow" />
          {!isShipped && (
            <Button
              type="submit"
              variant="filled"
              disabled={!isEdited || input === null}
              loading={change.isPending}
            >
              {t('prompts.save')}
            </Button>
          )}
        </div>
      </div>
    </form>
  );
}

function EditedNote({ control }: { control: PresetControl }) {
  const { t } = useTranslation();
  return (
    <div className="row not-applied">
      <span className="grow">{t('prompts.notSaved')}</span>
      <button type="button" className="link-button" onClick={control.discard}>
        {t('prompts.discard')}
      </button>
    </div>
  );
}

function DeletePreset({ preset, onDeleted }: { preset: Preset; onDeleted: () => void }) {
  const { t } = useTranslation();
  const [isAsking, setAsking] = useState(false);
  const remove = useDeletePreset();
  return (
    <>
      <Button data-danger onClick={() => setAsking(true)}>
        {t('prompts.delete')}
      </Button>
      {isAsking && (
        <ConfirmDialog
          title={t('prompts.deleteTitle', { name: preset.name })}
          confirmLabel={t('prompts.deleteConfirm')}
          isBusy={remove.isPending}
          onConfirm={() => remove.mutate(preset.id, { onSuccess: onDeleted })}
          onClose={() => setAsking(false)}
        >
          {t('prompts.deleteText')}
          {remove.error !== null && <ErrorNote message={remove.error.message} />}
        </ConfirmDialog>
      )}
    </>
  );
}
