/** Estimates what a loaded model takes, from its files and its form. Rough: the setting of the profile beats it. */

export interface MemoryFacts {
  /** The model, all its parts, and its projector. */
  fileBytes: number;
  /** Tokens of all slots together; null: the server chooses. */
  context: number | null;
  /** Plain values of the header of the GGUF file; empty where it cannot be read. */
  metadata: ReadonlyMap<string, string | number>;
}

/** Weights take their file, compute buffers and the program about a tenth of it. */
const OVERHEAD = 1.1;
/** f16 keys and values, as servers keep them unless told otherwise. */
const BYTES_PER_VALUE = 2;

/** In MB. A context that the server chooses, and a model whose shape is not in its header, add nothing. */
export function estimateMemoryMb({ fileBytes, context, metadata }: MemoryFacts): number {
  const cacheBytes = context === null ? 0 : context * cacheBytesPerToken(metadata);
  return Math.round((fileBytes * OVERHEAD + cacheBytes) / 1024 ** 2);
}

/** layers × heads × (length of a key + length of a value). Sliding windows and compressed caches take less: the estimate is on the safe side. */
function cacheBytesPerToken(metadata: MemoryFacts['metadata']): number {
  const architecture = metadata.get('general.architecture');
  const numberAt = (key: string): number => Number(metadata.get(`${architecture}.${key}`) ?? Number.NaN);
  const heads = numberAt('attention.head_count');
  const cacheHeads = numberAt('attention.head_count_kv') || heads;
  const headLength = numberAt('embedding_length') / heads;
  const keyLength = numberAt('attention.key_length') || headLength;
  const valueLength = numberAt('attention.value_length') || headLength;
  const bytes = numberAt('block_count') * cacheHeads * (keyLength + valueLength) * BYTES_PER_VALUE;
  return Number.isFinite(bytes) ? bytes : 0;
}
