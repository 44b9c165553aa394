/** A disk of a few megabytes for one test, and a way to fill it to the last byte. Needs Linux and the right to mount. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { messageOf, systemCodeOf } from '../base/errors.ts';

/** Mounts at `dir` until the test ends; where that is not permitted the test is skipped, with the reason. */
export function mountSmallDisk(context: { skip: (note: string) => void }, dir: string, sizeMb: number): void {
  mkdirSync(dir, { recursive: true });
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${sizeMb}m`, 'tmpfs', dir], { stdio: 'pipe' });
  } catch (error) {
    return context.skip(`no small disk can be mounted here: ${messageOf(error)}`);
  }
  onTestFinished(() => void execFileSync('umount', ['--lazy', dir], { stdio: 'pipe' }));
}

/** Takes all room that is left. Returns how to give it back. */
export function fillDisk(dir: string): () => void {
  const path = join(dir, 'filler');
  const file = openSync(path, 'a');
  for (let size = 1 << 20; size >= 1;) {
    try {
      writeSync(file, Buffer.alloc(size));
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOSPC') throw error;
      size /= 2;
    }
  }
  closeSync(file);
  return () => rmSync(path);
}
