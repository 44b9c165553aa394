/** Keeps the unsent form over a reload, without the API key. */
import { EMPTY_DRAFT, launchDraftSchema, type LaunchDraft } from './launch-draft.ts';

const STORAGE_KEY = 'llm-server-manager.draft';

export function loadDraft(storage: Pick<Storage, 'getItem'>): LaunchDraft {
  try {
    return launchDraftSchema.parse(JSON.parse(storage.getItem(STORAGE_KEY) ?? ''));
  } catch {
    return EMPTY_DRAFT;
  }
}

export function saveDraft(storage: Pick<Storage, 'setItem'>, draft: LaunchDraft): void {
  try {
    storage.setItem(STORAGE_KEY, JSON.stringify({ ...draft, server: { ...draft.server, apiKey: '' } }));
  } catch {
    // Storage is full or closed to the page: the form works all the same.
  }
}
