/** The models list: GGUF files of the configured folders and the shipped ones, each header read once per change of its file. */
import { basename, dirname, join, sep } from 'node:path';
import type { Model } from '#contract/system';
import { messageOf } from '../base/errors.ts';
import { findGgufFiles } from './find-gguf-files.ts';
import type { Fault, GgufFile } from './find-gguf-files.ts';
import { readGgufHeader } from './read-gguf-header.ts';
import type { GgufHeader } from './read-gguf-header.ts';

export interface FoundModels {
  models: Model[];
  folders: string[];
  faults: Fault[];
}

type Read = GgufHeader | Fault;

const SPLIT_NAME = /^(?<prefix>.*)-(?<part>\d{5})-of-(?<total>\d{5})\.gguf$/i;
/** Enough to keep a slow disk busy, few enough to leave it to others as well. */
const READS_AT_ONCE = 4;

export class ModelScanner {
  readonly #folders: readonly string[];
  readonly #shippedFolder: string;
  #known = new Map<string, Read>();
  #running: Promise<FoundModels> | null = null;

  constructor({ folders, shippedFolder }: { folders: readonly string[]; shippedFolder: string }) {
    this.#folders = folders;
    this.#shippedFolder = shippedFolder;
  }

  /** Bad files are faults of the answer; it never rejects. Calls at the same time share one scan. */
  scan(): Promise<FoundModels> {
    this.#running ??= this.#scan().finally(() => {
      this.#running = null;
    });
    return this.#running;
  }

  async #scan(): Promise<FoundModels> {
    const { describeModel } = await import('./describe-model.ts');
    const { files, faults } = await findGgufFiles([...this.#folders, this.#shippedFolder]);
    const reads = await this.#readAll(files);
    const models: Model[] = [];
    for (const parts of groupSplits(files)) {
      const found = parts.map((file) => reads.get(file.path)).filter((read) => read !== undefined);
      const bad = [...found.filter((read) => 'message' in read), ...missingParts(parts)];
      faults.push(...bad);
      const [first] = parts;
      if (first === undefined || bad.length > 0) continue;
      const headers = found.filter((read) => 'metadata' in read);
      const sizeBytes = parts.reduce((sum, file) => sum + file.sizeBytes, 0);
      const model = describeModel({
        path: first.path,
        sizeBytes,
        headers,
        isShipped: first.path.startsWith(this.#shippedFolder + sep),
      });
      if (model !== null) models.push(model);
    }
    return { models, folders: [...this.#folders], faults };
  }

  async #readAll(files: readonly GgufFile[]): Promise<Map<string, Read>> {
    const next = new Map<string, Read>();
    const byPath = new Map<string, Read>();
    const left = files.values();
    const worker = async (): Promise<void> => {
      for (const file of left) {
        const key = `${file.path}\0${file.sizeBytes}\0${file.modifiedMs}`;
        const read = this.#known.get(key) ?? (await readOrFault(file.path));
        next.set(key, read);
        byPath.set(file.path, read);
      }
    };
    await Promise.all(Array.from({ length: READS_AT_ONCE }, worker));
    this.#known = next;
    return byPath;
  }
}

async function readOrFault(path: string): Promise<Read> {
  try {
    return await readGgufHeader(path);
  } catch (error) {
    return { file: path, message: messageOf(error) };
  }
}

/** Split files of one model together, in order; every other file alone. */
function groupSplits(files: readonly GgufFile[]): GgufFile[][] {
  const groups = Map.groupBy(files, ({ path }) => {
    const { prefix, total } = SPLIT_NAME.exec(basename(path))?.groups ?? {};
    return prefix === undefined ? path : join(dirname(path), `${prefix}\0${total ?? ''}`);
  });
  return [...groups.values()].map((group) => group.toSorted((a, b) => (a.path < b.path ? -1 : 1)));
}

/** Servers look for the other parts beside the first: without one the model cannot be loaded. */
function missingParts(parts: readonly GgufFile[]): Fault[] {
  const [first] = parts;
  const total = Number(SPLIT_NAME.exec(basename(first?.path ?? ''))?.groups?.['total'] ?? 1);
  if (first === undefined || parts.length === total) return [];
  return [
    {
      file: first.path,
      message: `The model is split into ${total} files, but only ${parts.length} of them are here.`,
    },
  ];
}
