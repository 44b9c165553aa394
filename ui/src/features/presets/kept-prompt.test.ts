import { expect, it } from 'vitest';
import { loadKeptPreset, loadKeptPrompt } from './kept-prompt.ts';
import { toPromptDraft } from './prompt-draft.ts';

const DRAFT = toPromptDraft({
  system: 's',
  developer: '',
  template: '{{input}}',
  variables: {},
  sampler: {},
});
const storeOf = (text: string | null) => ({ get: () => text, set: () => undefined });

it('reads back what was kept', () => {
  const kept = { draft: DRAFT, presetId: 'p' };
  expect(loadKeptPrompt(storeOf(JSON.stringify(kept)), 's')).toEqual(kept);
  const preset = { ...DRAFT, name: 'n', description: '' };
  expect(loadKeptPreset(storeOf(JSON.stringify(preset)), 'p')).toEqual(preset);
});

it.each([null, '', '{', '{"draft":{}}', '[]'])('takes %j for nothing kept', (text) => {
  expect([loadKeptPrompt(storeOf(text), 's'), loadKeptPreset(storeOf(text), 'p')]).toEqual([null, null]);
});
