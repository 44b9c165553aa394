/** Files that only their owner may read, written so that a reader sees the old one or the new one, also after a power cut. */
import { closeSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { chmod, mkdir, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { AppError, messageOf, systemCodeOf } from './errors.ts';

/** Writes all beside their places, then puts them there: when one cannot be written, none is. Throws STORAGE_FAILED. */
export async function writePrivateFiles(files: readonly { file: string; text: string }[]): Promise<void> {
  try {
    for (const { file, text } of files) await writeBeside(file, text);
    for (const { file } of files) await rename(besideOf(file), file);
  } catch (error) {
    await Promise.all(files.map(({ file }) => rm(besideOf(file), { force: true }).catch(() => undefined)));
    throw storageFailed(files[0]?.file ?? '', error);
  }
}

/** As `writePrivateFiles`, for a file that must be on the disk before the caller goes on. Throws STORAGE_FAILED. */
export function writePrivateFileSync(file: string, text: string): void {
  const beside = besideOf(file);
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    // A leftover would keep its own mode.
    rmSync(beside, { force: true });
    writeFileSync(beside, text, { mode: 0o600, flag: 'wx', flush: true });
    renameSync(beside, file);
    syncFolder(dirname(file));
  } catch (error) {
    throw storageFailed(file, error);
  }
}

/** No file is no fault. Throws STORAGE_FAILED. */
export async function removeFile(file: string): Promise<void> {
  try {
    await rm(file, { force: true });
  } catch (error) {
    throw storageFailed(file, error);
  }
}

async function writeBeside(file: string, text: string): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  // It may have been made by hand.
  if (process.platform !== 'win32') await chmod(dirname(file), 0o700);
  const beside = besideOf(file);
  // A leftover would keep its own mode.
  await rm(beside, { force: true });
  const handle = await open(beside, 'wx', 0o600);
  try {
    await handle.writeFile(text);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Without it the new name of a file may be lost in a power cut. Windows cannot open folders. */
function syncFolder(folder: string): void {
  if (process.platform === 'win32') return;
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } finally {
    closeSync(handle);
  }
}

function besideOf(file: string): string {
  return `${file}.next`;
}

function storageFailed(file: string, error: unknown): AppError {
  const isFull = ['ENOSPC', 'EDQUOT'].includes(systemCodeOf(error) ?? '');
  const what = isFull ? 'The disk is full' : `Cannot write ${file}: ${messageOf(error)}`;
  const advice = isFull ? 'Free some space' : 'Check the folder’s permissions';
  return new AppError('STORAGE_FAILED', `${what}. The change was not saved. ${advice} and try again.`, {
    cause: error,
  });
}
