/** Writes a run's state.json so that a reader sees the old one or the new one, never half of it. */
import {
  closeSync,
  existsSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { RunState } from './protocol.ts';

/** True when the state is on disk. On a full disk the old file is overwritten in place: its blocks are there already. */
export function writeState(path: string, state: RunState): boolean {
  const text = JSON.stringify(state);
  // Room for the exit record is taken at the first write, while there is room.
  const padded = text.padEnd(2048) + '\n';
  return tryWrite(() => replaceFile(path, padded)) || tryWrite(() => overwriteFile(path, padded));
}

/** What the last writer left; empty where there is nothing to read. */
export function readLastState(path: string): Partial<RunState> {
  try {
    const state: unknown = JSON.parse(readFileSync(path, 'utf8'));
    return typeof state === 'object' && state !== null ? state : {};
  } catch {
    return {};
  }
}

/** Nobody will ask for the state of this run any more: the process was removed, or a later run has taken its place. */
export function isOutdated(path: string, run: number): boolean {
  return !existsSync(dirname(path)) || (readLastState(path).run ?? 0) > run;
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
