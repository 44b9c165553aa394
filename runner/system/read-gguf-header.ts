/**
 * Reads what a GGUF file says about itself: its plain metadata and the number of its weights (https://github.com/ggml-org/ggml/blob/master/docs/gguf.md).
 * Vocabularies are stepped over, not read: @huggingface/gguf builds them in memory, which for a model of today costs 400 MB and a second.
 */
import { open } from 'node:fs/promises';
import { ByteReader } from './byte-reader.ts';

export interface GgufHeader {
  /** Texts, numbers and truth values by key; lists and long texts (chat templates) are left out. */
  metadata: ReadonlyMap<string, string | number>;
  parameters: number;
}

/** The largest headers (vocabularies of 250,000 words with their merges) are some 30 MB. */
const MAX_HEADER_BYTES = 256 * 1024 * 1024;
const MAX_TEXT_BYTES = 1024;
const MAX_KEY_BYTES = 65_535;
const MAX_DIMENSIONS = 8;
const MAX_NESTING = 3;
const DEFAULT_ALIGNMENT = 32;

/** Rejects with an Error that says what is wrong with the file. */
export async function readGgufHeader(path: string): Promise<GgufHeader> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    return await readHeader(new ByteReader(file, Math.min(size, MAX_HEADER_BYTES)), size);
  } catch (error) {
    if (error instanceof RangeError)
      throw new Error('The file is incomplete or damaged: its header does not end.', { cause: error });
    throw error;
  } finally {
    await file.close();
  }
}

async function readHeader(reader: ByteReader, sizeBytes: number): Promise<GgufHeader> {
  await readStart(reader);
  const tensorCount = await reader.uint64();
  const keyCount = await reader.uint64();
  const metadata = new Map<string, string | number>();
  for (let left = keyCount; left > 0; left -= 1) {
    const key = await reader.text(await lengthUpTo(reader, MAX_KEY_BYTES));
    const value = await readValue(reader, await reader.uint32());
    if (value !== null) metadata.set(key, value);
  }
  const { parameters, lastTensorOffset } = await readTensors(reader, tensorCount);
  const alignment = metadata.get('general.alignment') ?? DEFAULT_ALIGNMENT;
  const dataStart = Math.ceil(reader.position / Number(alignment)) * Number(alignment);
  if (tensorCount > 0 && dataStart + lastTensorOffset >= sizeBytes)
    throw new Error('The file is incomplete: weights are missing at its end.');
  return { metadata, parameters };
}

async function readStart(reader: ByteReader): Promise<void> {
  if ((await reader.text(4)) !== 'GGUF') throw new Error('This is not a GGUF file.');
  let version = await reader.uint32();
  if ((version & 0xffff) === 0) {
    // Written on a big-endian machine: the small number stands in the other two bytes.
    reader.isLittleEndian = false;
    version = ((version >>> 24) | ((version >>> 8) & 0xff00)) >>> 0;
  }
  if (version !== 2 && version !== 3)
    throw new Error(`This GGUF file is of version ${version}; versions 2 and 3 are known.`);
}

async function readTensors(
  reader: ByteReader,
  count: number,
): Promise<{ parameters: number; lastTensorOffset: number }> {
  let parameters = 0;
  let lastTensorOffset = 0;
  for (let left = count; left > 0; left -= 1) {
    reader.skip(await lengthUpTo(reader, MAX_KEY_BYTES));
    let size = 1;
    for (let dimensions = await dimensionCount(reader); dimensions > 0; dimensions -= 1)
      size *= await reader.uint64();
    parameters += size;
    await reader.uint32();
    lastTensorOffset = Math.max(lastTensorOffset, await reader.uint64());
  }
  return { parameters, lastTensorOffset };
}

async function dimensionCount(reader: ByteReader): Promise<number> {
  const count = await reader.uint32();
  if (count > MAX_DIMENSIONS) throw new Error(`The file is damaged: a tensor of ${count} dimensions.`);
  return count;
}

async function lengthUpTo(reader: ByteReader, maxBytes: number): Promise<number> {
  const length = await reader.uint64();
  if (length > maxBytes) throw new Error(`The file is damaged: a name of ${length} bytes.`);
  return length;
}

const TEXT = 8;
const LIST = 9;
const SIZE_BY_TYPE: Partial<Record<number, number>> = {
  0: 1,
  1: 1,
  2: 2,
  3: 2,
  4: 4,
  5: 4,
  6: 4,
  7: 1,
  10: 8,
  11: 8,
  12: 8,
};
const UINT8 = 0;
const UINT32 = 4;
const UINT64 = 10;

/** Whole positive numbers and short texts are all that is asked for; anything else is stepped over and null. */
async function readValue(reader: ByteReader, type: number): Promise<string | number | null> {
  if (type === UINT8) return reader.uint8();
  // Context lengths and the like are written as signed numbers, too.
  if (type === UINT32 || type === UINT32 + 1) return reader.uint32();
  if (type === UINT64 || type === UINT64 + 1) return reader.uint64();
  if (type === TEXT) {
    const length = await reader.uint64();
    if (length <= MAX_TEXT_BYTES) return reader.text(length);
    reader.skip(length);
    return null;
  }
  if (type === LIST) await skipList(reader, 1);
  else reader.skip(sizeOf(type));
  return null;
}

async function skipList(reader: ByteReader, depth: number): Promise<void> {
  const type = await reader.uint32();
  const count = await reader.uint64();
  if (type === TEXT) return reader.skipTexts(count);
  if (type !== LIST) return reader.skip(count * sizeOf(type));
  if (depth >= MAX_NESTING) throw new Error('The file is damaged: lists within lists without end.');
  for (let left = count; left > 0; left -= 1) await skipList(reader, depth + 1);
}

function sizeOf(type: number): number {
  const size = SIZE_BY_TYPE[type];
  if (size === undefined)
    throw new Error(`The file is damaged, or newer than this program: a value of type ${type}.`);
  return size;
}
