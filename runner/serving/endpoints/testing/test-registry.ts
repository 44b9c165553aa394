/** A registry on a store of its own, with short delays, stopped with the test. */
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { openStore } from '../../../store/open-store.ts';
import { tempDir } from '../../../testing/temp-dir.ts';
import { EndpointRegistry } from '../endpoint-registry.ts';
import type { EndpointRegistryParts } from '../endpoint-registry.ts';
import type { LaunchedServer } from '../launched-server.ts';

export type TestRegistryOptions = Partial<EndpointRegistryParts> & { file?: string };

/** `file`: of an earlier registry, to begin where it ended. */
export function testRegistry({ file = join(tempDir(), 'store.db'), ...parts }: TestRegistryOptions = {}) {
  const { store } = openStore(file);
  let ids = 0;
  const registry = new EndpointRegistry({
    store,
    environmentUrl: null,
    random: () => 0.5,
    newId: () => `id-${(ids += 1)}`,
    ...parts,
    timing: {
      onlineMs: 30,
      offlineMs: 20,
      maxOfflineMs: 60,
      timeoutMs: 2e3,
      ...parts.timing,
    },
  });
  const stop = async (): Promise<void> => {
    await registry.stop();
    if (store.isOpen) store.close();
  };
  onTestFinished(stop);
  return { registry, store, file, stop };
}

export function launched(rest: Partial<LaunchedServer> & { baseUrl: string | null }): LaunchedServer {
  return {
    processId: 'llama_8000',
    state: 'ready',
    apiKey: null,
    recipe: 'llama-server',
    command: 'llama-server -m tiny.gguf',
    model: 'tiny.gguf',
    context: null,
    slots: null,
    vision: null,
    ...rest,
  };
}
