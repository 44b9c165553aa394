/** The list of presets beside the editor of one. */
import { Button, Skeleton } from '@mantine/core';
import { useMemo, useReducer, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { Preset } from '#contract/preset';
import { ErrorNote } from '../../components/error-note.tsx';
import type { TextStore } from './kept-prompt.ts';
import { PresetEditor } from './preset-editor.tsx';
import { PresetFileButtons } from './preset-file-buttons.tsx';
import { useCreatePreset, usePresets } from './preset-queries.ts';
import './presets.css';

interface PresetScreenProps {
  selectedId: string | null;
  drafts: TextStore;
  hrefOf: (id: string | null) => string;
  onShow: (id: string | null) => void;
  /** What other parts of the page can do with a preset. */
  usesOf: (preset: Preset) => ReactNode;
}

export function PresetScreen({ selectedId, drafts, hrefOf, onShow, usesOf }: PresetScreenProps) {
  const { t } = useTranslation();
  const presets = usePresets();
  const create = useCreatePreset();
  const store = useToldStore(drafts);
  const selected = presets.data?.find(({ id }) => id === selectedId) ?? null;
  const createNew = (): void => {
    const name = freeName(t('prompts.newName'), presets.data ?? []);
    const prompt = { system: '', developer: '', template: '{{input}}', variables: {}, sampler: {} };
    create.mutate({ name, description: '', ...prompt }, { onSuccess: ({ preset }) => onShow(preset.id) });
  };
  return (
    <div className="presets" data-editing={selected !== null || undefined}>
      <aside className="preset-side" aria-label={t('prompts.list')}>
        <div className="row side-head">
          <h2 className="grow">{t('prompts.title')}</h2>
          <Button size="xs" loading={create.isPending} onClick={createNew}>
            {t('prompts.new')}
          </Button>
        </div>
        {create.error !== null && <ErrorNote message={create.error.message} />}
        {presets.isPending && <Skeleton height={160} />}
        {presets.error !== null && presets.data === undefined && (
          <ErrorNote message={presets.error.message} />
        )}
        <ul className="preset-list">
          {presets.data?.map((preset) => (
            <li key={preset.id}>
              <a
                className="preset-link"
                href={hrefOf(preset.id)}
                aria-current={preset.id === selectedId ? 'true' : undefined}
              >
                <span className="row">
                  <span className="preset-name truncate grow">{preset.name}</span>
                  {drafts.get(preset.id) !== null && (
                    <span className="edited-mark" title={t('prompts.notSaved')} />
                  )}
                  {preset.origin === 'shipped' && (
                    <span className="preset-origin">{t('prompts.shipped')}</span>
                  )}
                </span>
                <span className="sub truncate">
                  {preset.description === '' ? preset.system : preset.description}
                </span>
              </a>
            </li>
          ))}
        </ul>
        <PresetFileButtons count={presets.data?.length ?? 0} />
      </aside>
      <div className="preset-main">
        {selected !== null && (
          <PresetEditor
            key={selected.id}
            preset={selected}
            drafts={store}
            uses={usesOf(selected)}
            backHref={hrefOf(null)}
            onShow={onShow}
          />
        )}
        {selected === null && presets.data !== undefined && (
          <div className="preset-start">
            <div className="empty">
              <h2>{selectedId === null ? t('prompts.startTitle') : t('prompts.goneTitle')}</h2>
              <div className="sub">{t('prompts.startText')}</div>
              <Button variant="filled" size="md" loading={create.isPending} onClick={createNew}>
                {t('prompts.newLong')}
              </Button>
            </div>
          </div>
        )}
      </div>
    </div>
  );
}

/** The store, whose list is drawn anew when an edit begins or ends. */
function useToldStore(drafts: TextStore): TextStore {
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  return useMemo(
    () => ({
      get: drafts.get,
      set: (id, text) => {
        const wasKept = drafts.get(id) !== null;
        drafts.set(id, text);
        if (wasKept !== (text !== null)) redraw();
      },
    }),
    [drafts],
  );
}

function freeName(wanted: string, presets: readonly Preset[]): string {
  const taken = new Set(presets.map(({ name }) => name));
  let name = wanted;
  for (let number = 2; taken.has(name); number += 1) name = `${wanted} ${number}`;
  return name;
}
