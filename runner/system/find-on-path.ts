/** Finds a program as a shell would: by its name in the folders of PATH. */
import { posix, win32 } from 'node:path';
import { isProgram } from '../running/os/file-kind.ts';

/** `searchPath` is PATH as it stands in the environment; `platform` is Node's `process.platform`. */
export interface SearchPlace {
  platform: string;
  searchPath: string;
}

/** The full path of the first that may be run, or null. On Windows `.exe` is added where the name has no ending. */
export function findOnPath(name: string, { platform, searchPath }: SearchPlace): string | null {
  const path = platform === 'win32' ? win32 : posix;
  const fileName = platform === 'win32' && !/\.\w+$/.test(name) ? `${name}.exe` : name;
  const folders = searchPath.split(path.delimiter).map((folder) => folder.replaceAll('"', ''));
  const candidates = folders.filter((folder) => folder !== '').map((folder) => path.join(folder, fileName));
  return candidates.find((candidate) => isProgram(candidate)) ?? null;
}
