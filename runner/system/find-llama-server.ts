/** Finds the llama-server of this machine and its version. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import { isProgram } from '../running/os/file-kind.ts';
import { findOnPath } from './find-on-path.ts';
import type { SearchPlace } from './find-on-path.ts';

/** The path that LLAMA_SERVER gives, where it gives one: no other is taken for it. Else the first on PATH; null where there is none. */
export function findLlamaServer(configured: string | null, place: SearchPlace): string | null {
  if (configured === null) return findOnPath('llama-server', place);
  if (!/[\\/]/.test(configured)) return findOnPath(configured, place);
  return isProgram(configured) ? configured : null;
}

const VERSION_TIMEOUT_MS = 5_000;

/** Asks each binary once, and again when its file has changed. */
export class LlamaServerVersions {
  readonly #known = new Map<string, Promise<string | null>>();

  /** "0.7.0 (build 11669, commit …)" or, of older ones, "4748 (c392e5094)"; null when it does not say. Never rejects. */
  versionOf(path: string): Promise<string | null> {
    const key = `${path}\0${statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0}`;
    const known = this.#known.get(key) ?? askVersion(path);
    this.#known.set(key, known);
    return known;
  }
}

function askVersion(path: string): Promise<string | null> {
  return new Promise((resolve) => {
    const options = {
      timeout: VERSION_TIMEOUT_MS,
      killSignal: 'SIGKILL',
      windowsHide: true,
      maxBuffer: 256 * 1024,
    } as const;
    try {
      // The version goes to stderr, behind what the drivers of the GPU print there.
      execFile(path, ['--version'], options, (_error, stdout, stderr) => {
        resolve(/^version: (.+)$/m.exec(`${stderr}\n${stdout}`)?.[1]?.trim() ?? null);
      });
    } catch {
      resolve(null);
    }
  });
}
