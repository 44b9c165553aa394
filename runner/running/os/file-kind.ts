/** Whether a path is a file or a folder. Any path may be asked: one that no file can have (too long, through a file, a loop of links) is neither. */
import { accessSync, constants, statSync } from 'node:fs';
import type { Stats } from 'node:fs';

export function isFile(path: string): boolean {
  return statOf(path)?.isFile() === true;
}

export function isDirectory(path: string): boolean {
  return statOf(path)?.isDirectory() === true;
}

/** A file that this user may execute (on Windows: any file). */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return isFile(path);
  } catch {
    return false;
  }
}

function statOf(path: string): Stats | null {
  try {
    return statSync(path);
  } catch {
    return null;
  }
}
