import { expect, it } from 'vitest';
import { estimateMemoryMb } from './estimate-memory.ts';

const MB = 1024 ** 2;
/** Llama 3 8B: 32 layers of 8 cached heads, 128 values long: 128 KiB for each token. */
const llama8b = new Map<string, string | number>([
  ['general.architecture', 'llama'],
  ['llama.block_count', 32],
  ['llama.embedding_length', 4096],
  ['llama.attention.head_count', 32],
  ['llama.attention.head_count_kv', 8],
]);

it('is the files and a tenth, and the cache of the context', () => {
  expect(estimateMemoryMb({ fileBytes: 4000 * MB, context: null, metadata: llama8b })).toBe(4400);
  expect(estimateMemoryMb({ fileBytes: 4000 * MB, context: 8192, metadata: llama8b })).toBe(4400 + 1024);
});

it('takes the lengths of keys and values where the header has them, and all heads where it has no number of cached ones', () => {
  const gemma = new Map([
    ...llama8b,
    ['llama.attention.key_length', 256],
    ['llama.attention.value_length', 256],
  ] as [string, number][]);
  expect(estimateMemoryMb({ fileBytes: 0, context: 8192, metadata: gemma })).toBe(2048);
  gemma.delete('llama.attention.head_count_kv');
  expect(estimateMemoryMb({ fileBytes: 0, context: 8192, metadata: gemma })).toBe(4 * 2048);
});

it('leaves out the cache where the header does not tell the shape', () => {
  expect(estimateMemoryMb({ fileBytes: 100 * MB, context: 8192, metadata: new Map() })).toBe(110);
});
