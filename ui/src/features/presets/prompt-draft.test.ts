import { describe, expect, it } from 'vitest';
import type { Prompt } from '#contract/preset';
import { isSamePrompt, missingVariables, readPromptDraft, toPromptDraft } from './prompt-draft.ts';
import { readSamplerDraft, toSamplerDraft } from './sampler-draft.ts';

const PROMPT: Prompt = {
  system: 'Be brief.',
  developer: '',
  template: '{{greeting}}: {{input}}',
  variables: { greeting: 'Hello' },
  sampler: { temperature: 0.6, max_tokens: 512, stop: ['###', 'END'], thinking: false },
};

describe('a prompt while it is edited', () => {
  it('comes back as it was', () => {
    expect(readPromptDraft(toPromptDraft(PROMPT)).prompt).toEqual(PROMPT);
    expect(
      isSamePrompt(toPromptDraft(PROMPT), toPromptDraft({ ...PROMPT, variables: { greeting: 'Hello' } })),
    ).toBe(true);
    expect(isSamePrompt(toPromptDraft(PROMPT), toPromptDraft({ ...PROMPT, system: 'Be long.' }))).toBe(false);
  });

  it('names the variables that the template uses and no row declares', () => {
    const draft = { ...toPromptDraft(PROMPT), template: '{{a}} {{ b }} {{a}} {{greeting}} {{input}}' };
    expect(missingVariables(draft)).toEqual(['a', 'b']);
    expect(readPromptDraft(draft)).toMatchObject({
      prompt: null,
      faults: { template: { names: ['a', 'b'] } },
    });
  });

  it('asks for the place of the input', () => {
    expect(readPromptDraft({ ...toPromptDraft(PROMPT), template: 'Hello' }).faults.template).toEqual({
      names: [],
    });
  });

  it('finds faulty rows of variables and passes over empty ones', () => {
    const variables = [
      { name: 'greeting', value: '' },
      { name: '', value: '' },
      { name: '1st', value: '' },
      { name: 'input', value: 'x' },
      { name: 'greeting ', value: 'again' },
      { name: '', value: 'nameless' },
    ];
    const read = readPromptDraft({ ...toPromptDraft(PROMPT), variables });
    expect([read.prompt, read.faults.variables]).toEqual([
      null,
      { 2: 'name', 3: 'input', 4: 'twice', 5: 'name' },
    ]);
  });
});

describe('sampler settings as they are typed', () => {
  const empty = toSamplerDraft({});

  it('leave out what is empty', () => expect(readSamplerDraft(empty)).toEqual({ sampler: {}, faults: [] }));

  it('read a comma and a point, and zero', () => {
    expect(readSamplerDraft({ ...empty, temperature: '0,6', top_p: ' 0.9 ', min_p: '0' }).sampler).toEqual({
      temperature: 0.6,
      top_p: 0.9,
      min_p: 0,
    });
  });

  it.each([
    ['temperature', '5.1', 'number'],
    ['temperature', 'warm', 'number'],
    ['top_p', '-0.1', 'number'],
    ['top_k', '1.5', 'whole'],
    ['max_tokens', '-2', 'whole'],
    ['seed', '1e12', 'whole'],
  ] as const)('refuse %s %s', (field, text, kind) => {
    expect(readSamplerDraft({ ...empty, [field]: text }).faults).toEqual([{ field, kind }]);
  });

  it('read stop texts line by line and refuse too many', () => {
    expect(readSamplerDraft({ ...empty, stop: 'a\n\n b \n' }).sampler.stop).toEqual(['a', ' b ']);
    expect(readSamplerDraft({ ...empty, stop: 'x\n'.repeat(17) }).faults).toEqual([
      { field: 'stop', kind: 'stop' },
    ]);
  });
});
