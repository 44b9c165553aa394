import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gguf, GGUFValueType, serializeGgufMetadata } from '@huggingface/gguf';
import { afterAll, describe, expect, test } from 'vitest';
import { readGgufHeader } from './read-gguf-header.ts';

const shipped = join(import.meta.dirname, '..', '..', 'presets', 'models');
const dir = mkdtempSync(join(tmpdir(), 'gguf-'));
afterAll(() => rmSync(dir, { recursive: true, force: true }));

function fileOf(bytes: Uint8Array): string {
  const path = join(dir, 'x.gguf');
  writeFileSync(path, bytes);
  return path;
}

test.each(['tiny-chat.gguf', 'tiny-random.gguf'])(
  'of %s it reads what the reference reader reads',
  async (name) => {
    const path = join(shipped, name);
    const reference = await gguf(path, { allowLocalFile: true, computeParametersCount: true });
    const expected = new Map<string, unknown>(Object.entries(reference.metadata));
    const { metadata, parameters } = await readGgufHeader(path);
    expect(parameters).toBe(reference.parameterCount);
    for (const key of [
      'general.architecture',
      'general.name',
      'general.file_type',
      'llama.context_length',
      'llama.block_count',
      'tokenizer.ggml.pre',
    ]) {
      expect([key, metadata.get(key)]).toEqual([key, expected.get(key)]);
    }
    expect(metadata.has('tokenizer.ggml.tokens')).toBe(false);
  },
);

describe('a large vocabulary', () => {
  const words = Array.from({ length: 150_000 }, (_, number) => `word ${number}`);
  const header = (isLittleEndian: boolean): Uint8Array =>
    serializeGgufMetadata(
      {
        version: { value: 3, type: GGUFValueType.UINT32 },
        tensor_count: { value: 0n, type: GGUFValueType.UINT64 },
        kv_count: { value: 4n, type: GGUFValueType.UINT64 },
        'general.architecture': { value: 'qwen2', type: GGUFValueType.STRING },
        'tokenizer.ggml.tokens': { value: words, type: GGUFValueType.ARRAY, subType: GGUFValueType.STRING },
        'tokenizer.ggml.scores': {
          value: words.map(() => 0.5),
          type: GGUFValueType.ARRAY,
          subType: GGUFValueType.FLOAT32,
        },
        'qwen2.context_length': { value: 32_768n, type: GGUFValueType.UINT64 },
      },
      { littleEndian: isLittleEndian },
    );

  test('is stepped over, and what comes after it is found', async () => {
    const { metadata } = await readGgufHeader(fileOf(header(true)));
    expect([...metadata]).toEqual([
      ['general.architecture', 'qwen2'],
      ['qwen2.context_length', 32_768],
    ]);
  });

  test('of a big-endian machine is read as well', async () => {
    const { metadata } = await readGgufHeader(fileOf(header(false)));
    expect(metadata.get('qwen2.context_length')).toBe(32_768);
  });
});

describe('a bad file is told apart', () => {
  const good = readFileSync(join(shipped, 'tiny-random.gguf'));
  const changed = (change: (bytes: Buffer) => void): string => {
    const bytes = Buffer.from(good);
    change(bytes);
    return fileOf(bytes);
  };

  test.each([
    ['empty', fileOf.bind(null, Buffer.alloc(0)), /header does not end/],
    ['something else', fileOf.bind(null, Buffer.from('<!doctype html><html>')), /not a GGUF file/],
    ['cut in the header', () => fileOf(good.subarray(0, 3000)), /header does not end/],
    ['cut in the weights', () => fileOf(good.subarray(0, 100_000)), /weights are missing/],
    ['of version 1', () => changed((bytes) => bytes.writeUInt32LE(1, 4)), /version 1/],
    ['with billions of keys', () => changed((bytes) => bytes.writeBigUInt64LE(2n ** 63n, 16)), /damaged/],
    [
      'with a key of endless length',
      () => changed((bytes) => bytes.writeBigUInt64LE(2n ** 60n, 24)),
      /name of/,
    ],
    ['with billions of tensors', () => changed((bytes) => bytes.writeBigUInt64LE(2n ** 40n, 8)), /damaged/],
  ])('%s', async (_name, path, message) => {
    await expect(readGgufHeader(path())).rejects.toThrow(message);
  });

  test('damaged bytes anywhere end in an answer or an error, never in a hang', async () => {
    for (let at = 0; at < 4000; at += 37) {
      const path = changed((bytes) => bytes.fill(0xff, at, at + 6));
      await readGgufHeader(path).catch((error: unknown) => expect(error).toBeInstanceOf(Error));
    }
  });
});
