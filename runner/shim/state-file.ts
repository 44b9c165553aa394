/** Writes a run's state.json so that a reader sees the old one or the new one, never half of it. */
import { closeSync, fsyncSync, openSync, renameSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import type { RunState } from './protocol.ts';

/** True when the state is on disk. On a full disk the old file is overwritten in place: its blocks are there already. */
export function writeState(path: string, state: RunState): boolean {
  const text = JSON.stringify(state);
  // Room for the exit record is taken at the first write, while there is room.
  const padded = text.padEnd(2048) + '\n';
  return tryWrite(() => replaceFile(path, padded)) || tryWrite(() => overwriteFile(path, padded));
}

function replaceFile(path: string, text: string): void {
  const next = `${path}.next`;
  try {
    writeFileSync(next, text, { mode: 0o600, flush: true });
    renameSync(next, path);
  } catch (error) {
    tryWrite(() => unlinkSync(next));
    throw error;
  }
}

function overwriteFile(path: string, text: string): void {
  const file = openSync(path, 'r+');
  try {
    writeSync(file, text, 0);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

function tryWrite(write: () => void): boolean {
  try {
    write();
    return true;
  } catch {
    return false;
  }
}
