import {
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { GGUFValueType, serializeGgufMetadata } from '@huggingface/gguf';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { modelListResponseSchema } from '#contract/system';
import { ModelScanner } from './scan-models.ts';

const shippedFolder = join(import.meta.dirname, '..', '..', 'presets', 'models');
let dir: string;
let empty: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), 'models-'));
  empty = mkdtempSync(join(tmpdir(), 'shipped-'));
});
afterEach(() => {
  for (const folder of [dir, empty]) rmSync(folder, { recursive: true, force: true });
});

function put(name: string, entries: Record<string, string | number> = {}): string {
  const path = join(dir, name);
  mkdirSync(dirname(path), { recursive: true });
  const values = Object.entries(entries).map(([key, value]) => {
    const type = typeof value === 'number' ? GGUFValueType.UINT32 : GGUFValueType.STRING;
    return [key, { value, type }] as const;
  });
  const counts = {
    version: { value: 3, type: GGUFValueType.UINT32 },
    tensor_count: { value: 0n, type: GGUFValueType.UINT64 },
    kv_count: { value: BigInt(values.length), type: GGUFValueType.UINT64 },
  } as const;
  writeFileSync(path, serializeGgufMetadata({ ...counts, ...Object.fromEntries(values) }));
  return path;
}
const scanner = (folders = [dir]): ModelScanner => new ModelScanner({ folders, shippedFolder: empty });
const namesOf = async (scan: ModelScanner): Promise<string[]> =>
  (await scan.scan()).models.map(({ name }) => name);

test('the shipped models are found, told apart as toys, and the answer is the contract’s', async () => {
  const found = await new ModelScanner({ folders: [], shippedFolder }).scan();
  expect(modelListResponseSchema.parse({ ok: true, ...found }).faults).toEqual([]);
  expect(found.models.find(({ name }) => name === 'tiny-chat')).toEqual({
    path: join(shippedFolder, 'tiny-chat.gguf'),
    name: 'tiny-chat',
    sizeBytes: expect.any(Number),
    architecture: 'llama',
    parameters: 1_197_440,
    quantization: 'F16',
    contextLength: 2048,
    layers: 5,
    isProjector: false,
    isToy: true,
  });
});

test('a model elsewhere is no toy, whatever its name', async () => {
  copyFileSync(join(shippedFolder, 'tiny-random.gguf'), join(dir, 'tiny-random.gguf'));
  expect((await scanner().scan()).models).toMatchObject([{ name: 'tiny-random', isToy: false }]);
});

test('metadata is read; what the file does not tell is null', async () => {
  put('Qwen2.5-7B-Instruct.Q4_K_M.gguf', {
    'general.architecture': 'qwen2',
    'general.file_type': 15,
    'qwen2.context_length': 32_768,
    'qwen2.block_count': 28,
  });
  put('bare-Q8_0.gguf');
  expect((await scanner().scan()).models).toMatchObject([
    { architecture: 'qwen2', quantization: 'Q4_K_M', contextLength: 32_768, layers: 28, parameters: null },
    { architecture: null, quantization: 'Q8_0', contextLength: null, layers: null },
  ]);
});

test('projectors are marked; adapters are no models', async () => {
  put('mmproj-model-f16.gguf', { 'general.architecture': 'clip' });
  put('vision.gguf', { 'general.type': 'mmproj' });
  put('lora.gguf', { 'general.type': 'adapter' });
  expect((await scanner().scan()).models.map(({ name, isProjector }) => [name, isProjector])).toEqual([
    ['mmproj-model-f16', true],
    ['vision', true],
  ]);
});

test('split files count once, as the first of them', async () => {
  put('big-00001-of-00002.gguf', { 'general.architecture': 'llama' });
  put('big-00002-of-00002.gguf');
  const first = put('sub/half-00001-of-00003.gguf');
  const { models, faults } = await scanner().scan();
  expect(models).toMatchObject([
    { name: 'big', path: join(dir, 'big-00001-of-00002.gguf'), sizeBytes: expect.any(Number) },
  ]);
  expect(faults).toEqual([
    { file: first, message: 'The model is split into 3 files, but only 1 of them are here.' },
  ]);
});

test('bad files and missing folders are faults, and the rest is listed', async () => {
  put('good.gguf');
  writeFileSync(join(dir, 'page.gguf'), '<html>');
  const { models, faults } = await scanner([dir, join(dir, 'nowhere')]).scan();
  expect(models.map(({ name }) => name)).toEqual(['good']);
  expect(faults).toEqual([
    { file: join(dir, 'nowhere'), message: 'There is no such folder.' },
    { file: join(dir, 'page.gguf'), message: 'This is not a GGUF file.' },
  ]);
});

test.skipIf(process.platform === 'win32')(
  'links are followed, to each file once and never in a circle',
  async () => {
    const blob = join(dir, 'blobs', 'abc123');
    put('blobs/x.bin');
    copyFileSync(join(dir, 'blobs', 'x.bin'), `${blob}.gguf`);
    mkdirSync(join(dir, 'snapshots', 'rev'), { recursive: true });
    symlinkSync(`${blob}.gguf`, join(dir, 'snapshots', 'rev', 'Model.gguf'));
    symlinkSync(dir, join(dir, 'snapshots', 'circle'));
    symlinkSync(join(dir, 'gone'), join(dir, 'dangling.gguf'));
    expect(await namesOf(scanner())).toEqual(['abc123']);
    expect(await namesOf(scanner([join(dir, 'snapshots', 'rev')]))).toEqual(['Model']);
  },
);

test('folders are searched six levels deep', async () => {
  put('1/2/3/4/5/6/in.gguf');
  put('1/2/3/4/5/6/7/out.gguf');
  expect(await namesOf(scanner())).toEqual(['in']);
});

test('a file is read again only when it has changed', async () => {
  const path = put('a.gguf', { 'general.architecture': 'llama' });
  const models = scanner();
  const before = new Date(1_700_000_000_000);
  utimesSync(path, before, before);
  await models.scan();
  // Same size and time, other content: the list still shows what it read.
  put('a.gguf', { 'general.architecture': 'qwen2' });
  utimesSync(path, before, before);
  expect((await models.scan()).models).toMatchObject([{ architecture: 'llama' }]);
  utimesSync(path, new Date(), new Date());
  expect((await models.scan()).models).toMatchObject([{ architecture: 'qwen2' }]);
});

test('calls at the same time share one scan', async () => {
  const models = scanner();
  expect(models.scan()).toBe(models.scan());
  await models.scan();
});
