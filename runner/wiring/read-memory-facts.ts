/** Reads what the estimate of a model's memory needs: the sizes of its files, and the header of the first. */
import { stat } from 'node:fs/promises';
import type { ServerForm } from '#contract/launch-form';
import type { MemoryFacts } from '../serving/on-demand/estimate-memory.ts';
import { readGgufHeader } from '../system/read-gguf-header.ts';

const SPLIT_NAME = /-\d{5}-of-(?<total>\d{5})\.gguf$/i;

/** null: a file is not there. */
export async function readMemoryFacts({ model, mmproj, context }: ServerForm): Promise<MemoryFacts | null> {
  try {
    const files = [...partsOf(model), ...(mmproj ? [mmproj] : [])];
    const sizes = await Promise.all(files.map(async (path) => (await stat(path)).size));
    const header = await readGgufHeader(model).catch(() => null);
    return {
      fileBytes: sizes.reduce((sum, size) => sum + size, 0),
      context: context === undefined || context === 0 ? null : context,
      metadata: header?.metadata ?? new Map(),
    };
  } catch {
    return null;
  }
}

/** Servers are given the first of `-00001-of-00003`, and load them all. */
function partsOf(model: string): string[] {
  const total = Number(SPLIT_NAME.exec(model)?.groups?.['total'] ?? 0);
  if (total === 0) return [model];
  const number = (count: number): string => String(count).padStart(5, '0');
  return Array.from({ length: total }, (_, index) =>
    model.replace(SPLIT_NAME, `-${number(index + 1)}-of-${number(total)}.gguf`),
  );
}
