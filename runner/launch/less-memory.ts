/** Form values that need about half the memory of the ones given: what to try next when memory ran out. */
import type { ServerForm } from '#contract/launch-form';

/** The context of the low-end hardware preset, where the form leaves it to the model (which may ask for 128 k tokens). */
const MODEST_CONTEXT = 2048;
/** Likewise: no form tells how many layers "all" are. */
const MODEST_GPU_LAYERS = 20;

export function lessMemory({ context, gpuLayers }: Partial<ServerForm>): {
  context: number;
  gpuLayers?: number;
} {
  const smaller =
    context === undefined || context === 0 ? MODEST_CONTEXT : Math.max(256, Math.floor(context / 2));
  if (gpuLayers === 0) return { context: smaller };
  const fewer = gpuLayers === undefined || gpuLayers === -1 ? MODEST_GPU_LAYERS : Math.floor(gpuLayers / 2);
  return { context: smaller, gpuLayers: fewer };
}
