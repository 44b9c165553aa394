/** Owns the edits of a preset until they are saved; they survive a reload. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Preset, PresetInput } from '#contract/preset';
import { loadKeptPreset, presetDraftSchema, type PresetDraft, type TextStore } from './kept-prompt.ts';
import { readPromptDraft, toPromptDraft, type PromptFaults } from './prompt-draft.ts';

export interface PresetControl {
  draft: PresetDraft;
  /** null: there are faults. */
  input: PresetInput | null;
  faults: PromptFaults;
  isEdited: boolean;
  change: (patch: Partial<PresetDraft>) => void;
  discard: () => void;
}

export function usePresetDraft(preset: Preset, store: TextStore): PresetControl {
  const saved = useMemo(() => toPresetDraft(preset), [preset]);
  const [kept, setKept] = useState(() =>
    preset.origin === 'shipped' ? null : loadKeptPreset(store, preset.id),
  );
  const draft = kept ?? saved;
  const isEdited = kept !== null && JSON.stringify(presetDraftSchema.parse(kept)) !== JSON.stringify(saved);
  useEffect(() => {
    store.set(preset.id, isEdited ? JSON.stringify(kept) : null);
  }, [isEdited, kept, preset.id, store]);
  const change = useCallback(
    (patch: Partial<PresetDraft>) => setKept((before) => ({ ...(before ?? saved), ...patch })),
    [saved],
  );
  const discard = useCallback(() => setKept(null), []);
  return useMemo(() => {
    const { prompt, faults } = readPromptDraft(draft);
    const { name, description } = draft;
    const input =
      prompt === null || name.trim() === '' ? null : { name: name.trim(), description, ...prompt };
    return { draft, input, faults, isEdited, change, discard };
  }, [change, discard, draft, isEdited]);
}

/** In the order of the schema, so that two can be compared as text. */
function toPresetDraft(preset: Preset): PresetDraft {
  return presetDraftSchema.parse({
    ...toPromptDraft(preset),
    name: preset.name,
    description: preset.description,
  });
}
