/** Keeps edits that were not saved over a reload, as text in a store that app/ hands over. */
import { z } from 'zod';
import { promptDraftSchema, type PromptDraft } from './prompt-draft.ts';

export interface TextStore {
  get: (id: string) => string | null;
  /** null: forget it. */
  set: (id: string, text: string | null) => void;
}

export interface KeptPrompt {
  draft: PromptDraft;
  presetId: string | null;
}

const keptPromptSchema = z.object({ draft: promptDraftSchema, presetId: z.string().nullable() });

export const presetDraftSchema = promptDraftSchema.extend({ name: z.string(), description: z.string() });
export type PresetDraft = z.infer<typeof presetDraftSchema>;

export function loadKeptPrompt(store: TextStore, id: string): KeptPrompt | null {
  return parse(keptPromptSchema, store.get(id));
}

export function loadKeptPreset(store: TextStore, id: string): PresetDraft | null {
  return parse(presetDraftSchema, store.get(id));
}

/** What cannot be read, perhaps of an older version of the page, counts as nothing kept. */
function parse<T>(schema: z.ZodType<T>, text: string | null): T | null {
  if (text === null) return null;
  try {
    return schema.parse(JSON.parse(text));
  } catch {
    return null;
  }
}
