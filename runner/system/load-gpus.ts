/** Asks systeminformation for the GPUs. It is loaded at the first question: few ask, and it is large. */
import type { SystemResponse } from '#contract/system';

const BYTES_PER_MB = 1024 * 1024;

/** Rejects when the drivers' own tools fail. */
export async function loadGpus(): Promise<SystemResponse['gpus']> {
  const { graphics } = await import('systeminformation');
  const { controllers } = await graphics();
  return controllers
    .filter(({ model, name }) => (name ?? model) !== '')
    .map(({ name, model, vendor, memoryTotal, memoryUsed, vram }) => ({
      name: name ?? model,
      vendor,
      memoryBytes: bytesOf(memoryTotal ?? vram),
      memoryUsedBytes: bytesOf(memoryUsed),
    }));
}

function bytesOf(megabytes: number | null | undefined): number | null {
  return megabytes === null || megabytes === undefined || megabytes < 0 ? null : megabytes * BYTES_PER_MB;
}
