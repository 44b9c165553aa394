/**
 * Remembers outside store.db that the gateway has had API keys: a store without keys has lost them while the marker is there. The file alone
 * counts, not what is in it, so that a damaged one keeps the gateway closed, too.
 */
import { lstatSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { GatewayLock } from '#contract/gateway';
import { systemCodeOf } from '../../base/errors.ts';
import { writePrivateFileSync } from '../../base/private-file.ts';

/** For the owner, in the answers to requests without a key that works. */
export const LOCK_MESSAGES: Record<GatewayLock, string> = {
  'keys-lost':
    "The gateway's keys were lost: its store.db was damaged, replaced or removed. The owner can make new keys on the Gateway page, or " +
    'stop the runner and restore store.db. To open the gateway without keys again, delete gateway-keys.json in the data folder and ' +
    'start the runner again.',
  'keys-unreadable':
    "The gateway's keys cannot be read from its store.db. The owner finds the reason on the System page or in runner.log, and can mend or " +
    'restore the file and start the runner again, or make new keys on the Gateway page.',
};

const NOTE =
  'The gateway has API keys. While this file is here and store.db has none, no request gets in without a key. To open the gateway without keys again, delete this file and start the runner again.';

export function markerFileIn(dataDir: string): string {
  return join(dataDir, 'gateway-keys.json');
}

/** True also where that cannot be known. */
export function isMarked(file: string): boolean {
  try {
    lstatSync(file);
    return true;
  } catch (error) {
    return systemCodeOf(error) !== 'ENOENT';
  }
}

/** It is on the disk when this returns. Throws STORAGE_FAILED. */
export function putMarker(file: string): void {
  writePrivateFileSync(file, `${JSON.stringify({ note: NOTE }, null, 1)}\n`);
}

export function removeMarker(file: string): void {
  rmSync(file, { force: true });
}
