/** Walks folders for GGUF files. Links are followed (the Hugging Face cache is made of them), each real folder and file once. */
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, systemCodeOf } from '../base/errors.ts';

export interface Fault {
  file: string;
  message: string;
}

export interface GgufFile {
  path: string;
  sizeBytes: number;
  modifiedMs: number;
}

const MAX_DEPTH = 6;
const MAX_FILES = 2000;
const SKIPPED_FOLDERS = new Set(['node_modules', '.git', '.Trash', '$RECYCLE.BIN']);

/** In order of folder and path. A folder that cannot be read is a fault, not an error. */
export async function findGgufFiles(
  folders: readonly string[],
): Promise<{ files: GgufFile[]; faults: Fault[] }> {
  const walk = new Walk();
  for (const folder of folders) await walk.enter(folder, 0);
  return { files: walk.files, faults: walk.faults };
}

class Walk {
  readonly files: GgufFile[] = [];
  readonly faults: Fault[] = [];
  readonly #seen = new Set<string>();
  #isFull = false;

  async enter(folder: string, depth: number): Promise<void> {
    try {
      if (!(await this.#isNew(folder))) return;
      const entries = await readdir(folder, { withFileTypes: true });
      for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
        if (this.#isFull) return;
        if (SKIPPED_FOLDERS.has(entry.name)) continue;
        const path = join(folder, entry.name);
        if (entry.isDirectory()) await this.#enterBelow(path, depth);
        else if (entry.isFile() || entry.isSymbolicLink()) await this.#take(path, depth);
      }
    } catch (error) {
      const message =
        systemCodeOf(error) === 'ENOENT'
          ? 'There is no such folder.'
          : `The folder cannot be read: ${messageOf(error)}.`;
      this.faults.push({ file: folder, message });
    }
  }

  async #enterBelow(folder: string, depth: number): Promise<void> {
    if (depth < MAX_DEPTH) await this.enter(folder, depth + 1);
  }

  async #take(path: string, depth: number): Promise<void> {
    const facts = await stat(path).catch(() => null);
    if (facts?.isDirectory() === true) return this.#enterBelow(path, depth);
    // A link to nowhere, or no regular file: nothing to launch, nothing to tell.
    if (facts?.isFile() !== true || !/\.gguf$/i.test(path) || !(await this.#isNew(path))) return;
    if (this.files.length >= MAX_FILES) {
      this.#isFull = true;
      this.faults.push({
        file: path,
        message: `Only the first ${MAX_FILES} model files are listed. Name narrower folders in MODEL_DIRS.`,
      });
      return;
    }
    this.files.push({ path, sizeBytes: facts.size, modifiedMs: facts.mtimeMs });
  }

  async #isNew(path: string): Promise<boolean> {
    const real = await realpath(path);
    if (this.#seen.has(real)) return false;
    this.#seen.add(real);
    return true;
  }
}
