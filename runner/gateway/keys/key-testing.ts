/** A store on a real file for one test of the gateway, with a clock that is set by hand. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { GatewayKeyInput } from '#contract/gateway';
import { openStore } from '../../store/open-store.ts';
import type { Store } from '../../store/open-store.ts';
import { tempDir } from '../../testing/temp-dir.ts';
import { KeyStore } from './key-store.ts';
import { markerFileIn } from './keys-marker.ts';

export interface TestStore {
  dir: string;
  store: Store;
  clock: { now: Date };
  faults: unknown[];
}

/** `dir`: of an earlier one, as after a kill -9 of the runner that had it open. */
export function openTestStore(dir = tempDir()): TestStore {
  const { store } = openStore(join(dir, 'store.db'));
  onTestFinished(() => {
    if (store.isOpen) store.close();
  });
  return { dir, store, clock: { now: new Date('2026-11-05T12:00:00.000Z') }, faults: [] };
}

export function startKeys(
  { dir, store, clock, faults }: TestStore,
  environmentKeys: readonly string[] = [],
): KeyStore {
  const run = Math.random().toString(36).slice(2, 8);
  let ids = 0;
  const keys = new KeyStore({
    store,
    environmentKeys,
    markerFile: markerFileIn(dir),
    now: () => clock.now,
    newId: () => `${run}-${(ids += 1)}`,
    onFault: (error) => faults.push(error),
  });
  keys.start();
  onTestFinished(() => keys.stop());
  return keys;
}

/** A key that opens everything, but for what a test is about. */
export function keyInput(input: Partial<GatewayKeyInput> = {}): GatewayKeyInput {
  return {
    name: 'laptop',
    models: [],
    routes: [],
    requestsPerMinute: null,
    tokensPerMinute: null,
    tokenQuota: null,
    expiresAt: null,
    ...input,
  };
}
