/** Owns the draft of the launcher: changes it, keeps it over a reload. */
import { useCallback, useEffect, useMemo, useState } from 'react';
import { loadDraft, saveDraft } from './draft-storage.ts';
import type { CommandDraft, LaunchDraft, ScriptDraft, ServerDraft } from './launch-draft.ts';

export interface DraftControl {
  draft: LaunchDraft;
  replace: (next: LaunchDraft | ((draft: LaunchDraft) => LaunchDraft)) => void;
  change: (patch: Partial<LaunchDraft>) => void;
  changeServer: (patch: Partial<ServerDraft>) => void;
  changeScript: (patch: Partial<ScriptDraft>) => void;
  changeCommand: (patch: Partial<CommandDraft>) => void;
}

export function useLaunchDraft(): DraftControl {
  const [draft, setDraft] = useState(() => loadDraft(localStorage));
  useEffect(() => {
    const timer = setTimeout(() => saveDraft(localStorage, draft), 200);
    const saveNow = (): void => saveDraft(localStorage, draft);
    addEventListener('pagehide', saveNow);
    return () => {
      clearTimeout(timer);
      removeEventListener('pagehide', saveNow);
    };
  }, [draft]);
  const change = useCallback(
    (patch: Partial<LaunchDraft>) => setDraft((before) => ({ ...before, ...patch })),
    [],
  );
  return useMemo(
    () => ({
      draft,
      replace: setDraft,
      change,
      changeServer: (patch) => setDraft((before) => ({ ...before, server: { ...before.server, ...patch } })),
      changeScript: (patch) => setDraft((before) => ({ ...before, script: { ...before.script, ...patch } })),
      changeCommand: (patch) =>
        setDraft((before) => ({ ...before, command: { ...before.command, ...patch } })),
    }),
    [draft, change],
  );
}
