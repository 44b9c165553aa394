/** Owns the edits of a session's prompt until they are applied; they survive a reload. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import type { Preset, Prompt } from '#contract/preset';
import { loadKeptPrompt, type KeptPrompt, type TextStore } from './kept-prompt.ts';
import {
  isSamePrompt,
  readPromptDraft,
  toPromptDraft,
  type PromptDraft,
  type PromptFaults,
} from './prompt-draft.ts';

export interface SessionPromptSource {
  id: string;
  presetId: string | null;
  prompt: Prompt;
}

export interface SessionPromptControl {
  draft: PromptDraft;
  presetId: string | null;
  /** null: there are faults. */
  prompt: Prompt | null;
  faults: PromptFaults;
  /** Differs from what the session has. */
  isEdited: boolean;
  change: (patch: Partial<PromptDraft>) => void;
  /** Fills the fields from a preset; null: they stay, and belong to none. */
  choose: (preset: Preset | null) => void;
  discard: () => void;
}

export function useSessionPrompt(session: SessionPromptSource, store: TextStore): SessionPromptControl {
  const [kept, setKept] = useState<KeptPrompt | null>(() => loadKeptPrompt(store, session.id));
  const applied = useMemo(() => toPromptDraft(session.prompt), [session.prompt]);
  const draft = kept?.draft ?? applied;
  const presetId = kept === null ? session.presetId : kept.presetId;
  const isEdited =
    kept !== null && (kept.presetId !== session.presetId || !isSamePrompt(kept.draft, applied));
  useEffect(() => {
    store.set(session.id, isEdited ? JSON.stringify(kept) : null);
  }, [isEdited, kept, session.id, store]);

  const change = useCallback(
    (patch: Partial<PromptDraft>) => setKept({ draft: { ...draft, ...patch }, presetId }),
    [draft, presetId],
  );
  const choose = useCallback(
    (preset: Preset | null) =>
      setKept({ draft: preset === null ? draft : toPromptDraft(preset), presetId: preset?.id ?? null }),
    [draft],
  );
  const discard = useCallback(() => setKept(null), []);
  return useMemo(
    () => ({ draft, presetId, ...readPromptDraft(draft), isEdited, change, choose, discard }),
    [draft, presetId, isEdited, change, choose, discard],
  );
}
