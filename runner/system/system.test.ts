import { join } from 'node:path';
import { expect, test } from 'vitest';
import { systemResponseSchema } from '#contract/system';
import { createSystem } from './system.ts';
import type { SystemParts } from './system.ts';

const parts: SystemParts = {
  version: '1.2.3',
  dataDir: 'data',
  modelDirs: [],
  shippedModelsDir: join(import.meta.dirname, '..', '..', 'presets', 'models'),
  llamaServer: null,
  searchPath: '',
  faults: () => [{ file: 'profiles.json', message: 'damaged' }],
};

test('the facts are the contract’s, with the faults of the other parts', async () => {
  const facts = systemResponseSchema.parse(await createSystem(parts).facts());
  expect(facts).toMatchObject({
    version: '1.2.3',
    llamaServer: null,
    faults: [{ file: 'profiles.json', message: 'damaged' }],
  });
  expect(facts.memory.totalBytes).toBeGreaterThan(0);
});

test('a LLAMA_SERVER that is not there is told', async () => {
  const { llamaServer, faults } = await createSystem({
    ...parts,
    llamaServer: '/no/such/llama-server',
  }).facts();
  expect(llamaServer).toBeNull();
  expect(faults.at(-1)).toMatchObject({ file: '/no/such/llama-server' });
});

test('the demo model is the shipped one, where it is there', () => {
  expect(createSystem(parts).demoModel).toBe(join(parts.shippedModelsDir, 'tiny-chat.gguf'));
  expect(createSystem({ ...parts, shippedModelsDir: 'nowhere' }).demoModel).toBeNull();
});

test('nothing on PATH is nothing found', () => {
  expect(createSystem(parts).programs()).toEqual({ llamaServer: null, python: 'python', powershell: null });
});
