import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { namesInTemplate, renderTemplate } from '#contract/prompt-template';
import { tempDir } from '../../testing/temp-dir.ts';
import { PresetStore } from './preset-store.ts';

const shippedDir = join(import.meta.dirname, '../../../presets/prompts');

function shipped(): PresetStore {
  const store = new PresetStore({
    shippedDir,
    userDir: join(tempDir(), 'presets'),
    now: () => new Date(),
    newId: () => 'x',
  });
  store.start();
  return store;
}

it('every shipped file is a preset with a name, a description and a system prompt of its own', () => {
  const store = shipped();
  const presets = store.list();
  expect(store.faults).toEqual([]);
  expect(presets).toHaveLength(readdirSync(shippedDir).length);
  for (const { name, description, system } of presets) expect([name, description, system]).not.toContain('');
  expect(new Set(presets.map(({ name }) => name)).size).toBe(presets.length);
});

it('every declared variable is used, and a default fills it', () => {
  for (const { template, variables } of shipped().list()) {
    expect(
      namesInTemplate(template)
        .filter((name) => name !== 'input')
        .toSorted(),
    ).toEqual(Object.keys(variables).toSorted());
    expect(Object.values(variables)).not.toContain('');
    expect(renderTemplate(template, { ...variables, input: 'What the user typed' })).not.toMatch(/\{\{/);
  }
});

it('the prompts of the seeds are among them', () => {
  const store = shipped();
  expect(store.get('general-assistant')).toMatchObject({
    system: expect.stringMatching(/^You are a helpful assistant/),
    sampler: { max_tokens: 2048 },
  });
  expect(store.get('json-response').system).toContain('"recommendations": ["rec1", "rec2"],');
  expect(store.get('aluminium-expert')).toMatchObject({
    name: 'Aluminium construction expert',
    system: expect.stringContaining('(6061, 6063, 7075)'),
  });
  expect(store.get('aluminium-quote')).toMatchObject({
    system: expect.stringContaining('4. Installation steps'),
    variables: { alloy: '6063-T6' },
  });
});
