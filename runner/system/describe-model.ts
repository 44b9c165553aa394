/** From a GGUF header and a file name to what the models list shows. */
import { basename } from 'node:path';
import { GGMLFileQuantizationType, parseGGUFQuantLabel } from '@huggingface/gguf';
import type { Model } from '#contract/system';
import type { GgufHeader } from './read-gguf-header.ts';

/** All parts of one model: one file, or the split files `-00001-of-00003` … in order. */
export interface ModelParts {
  /** The first file: the one that servers are given. */
  path: string;
  sizeBytes: number;
  headers: readonly GgufHeader[];
  isShipped: boolean;
}

/** null for files that no server can load by themselves: LoRA adapters and importance matrices. */
export function describeModel({ path, sizeBytes, headers, isShipped }: ModelParts): Model | null {
  const metadata = headers[0]?.metadata ?? new Map<string, string | number>();
  const type = metadata.get('general.type');
  if (type === 'adapter' || type === 'imatrix') return null;
  const name = basename(path).replace(/(-\d{5}-of-\d{5})?\.gguf$/i, '');
  const architecture = textOf(metadata.get('general.architecture'));
  const parameters = headers.reduce((sum, header) => sum + header.parameters, 0);
  return {
    path,
    name,
    sizeBytes,
    architecture,
    parameters: parameters > 0 ? parameters : null,
    quantization: quantizationOf(metadata.get('general.file_type'), name),
    contextLength: numberOf(metadata.get(`${architecture ?? ''}.context_length`)),
    layers: numberOf(metadata.get(`${architecture ?? ''}.block_count`)),
    isProjector: architecture === 'clip' || type === 'mmproj' || /mmproj/i.test(name),
    isToy: isShipped && name.startsWith('tiny-'),
  };
}

/** The file's own word for it; where it has none, the one in its name. */
function quantizationOf(fileType: string | number | undefined, name: string): string | null {
  const named = typeof fileType === 'number' ? GGMLFileQuantizationType[fileType] : undefined;
  return named ?? parseGGUFQuantLabel(`${name}.gguf`) ?? null;
}

function textOf(value: string | number | undefined): string | null {
  return typeof value === 'string' ? value : null;
}

function numberOf(value: string | number | undefined): number | null {
  return typeof value === 'number' ? value : null;
}
