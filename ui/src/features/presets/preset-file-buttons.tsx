/** Import and export of presets as a JSON file. */
import { Button } from '@mantine/core';
import { useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { PresetFileFault, readPresetFile, savePresetFile } from './preset-files.ts';
import { useExportPresets, useImportPresets } from './preset-queries.ts';

export function PresetFileButtons({ count }: { count: number }) {
  const { t } = useTranslation();
  const picker = useRef<HTMLInputElement>(null);
  const importing = useImportPresets();
  const exporting = useExportPresets();
  const [fault, setFault] = useState<string | null>(null);
  const take = async (file: File): Promise<void> => {
    setFault(null);
    importing.reset();
    try {
      importing.mutate(readPresetFile(await file.text()));
    } catch (error) {
      if (!(error instanceof PresetFileFault)) throw error;
      setFault(t(`prompts.fileFaults.${error.kind}`, { name: file.name, detail: error.message }));
    }
  };
  const error = fault ?? importing.error?.message ?? exporting.error?.message ?? null;
  return (
    <div className="preset-files">
      {error !== null && <ErrorNote message={error} />}
      {importing.isSuccess && fault === null && (
        <output className="sub">
          {t('prompts.imported', { count: importing.variables.presets.length })}
        </output>
      )}
      <div className="row">
        <input
          ref={picker}
          type="file"
          accept="application/json,.json"
          hidden
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? [];
            if (file !== undefined) void take(file);
            event.currentTarget.value = '';
          }}
        />
        <Button size="xs" loading={importing.isPending} onClick={() => picker.current?.click()}>
          {t('prompts.import')}
        </Button>
        <Button
          size="xs"
          loading={exporting.isPending}
          disabled={count === 0}
          onClick={() => exporting.mutate(undefined, { onSuccess: savePresetFile })}
        >
          {t('prompts.export')}
        </Button>
      </div>
    </div>
  );
}
