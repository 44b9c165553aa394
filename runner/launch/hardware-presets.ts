/** The three hardware presets of the first description of the product, and how one is laid over a form. */
import type { ServerForm } from '#contract/launch-form';
import type { HardwarePreset } from '#contract/profile';

/** The description's bare `--numa` is refused by every llama-server of today: the flag takes a kind, and "distribute" is what the bare one meant. */
const NUMA = ['--numa', 'distribute'];

export const HARDWARE_PRESETS: readonly HardwarePreset[] = [
  {
    id: 'high-end',
    name: 'High-end',
    description: '32 GB of memory or more and a GPU such as the RTX 4090',
    form: { context: 8192, gpuLayers: -1, threads: 0, parallel: 8, batchSize: 512, extraArgs: NUMA },
  },
  {
    id: 'mid-range',
    name: 'Mid-range',
    description: '16 GB of memory and a GPU such as the RTX 3080',
    form: { context: 4096, gpuLayers: 35, threads: 8, parallel: 4, batchSize: 256, extraArgs: [] },
  },
  {
    id: 'low-end',
    name: 'Low-end',
    description: '8 GB of memory and a GPU such as the GTX 1660',
    form: { context: 2048, gpuLayers: 20, threads: 6, parallel: 2, batchSize: 128, extraArgs: [] },
  },
];

/**
 * The form with the preset's values. Extra arguments of the user's own stay; the ones that an earlier preset brought go. `--numa` is
 * llama-server's, so `recipe` decides whether it is added.
 */
export function applyHardwarePreset<Form extends Partial<ServerForm>>(
  form: Form,
  preset: HardwarePreset,
  recipe: 'llama-server' | 'llama_cpp.server' | 'embedded' = 'llama-server',
): Form & HardwarePreset['form'] & { extraArgs: string[] } {
  const own = withoutNuma(form.extraArgs ?? []);
  const isWanted = recipe === 'llama-server' && !own.includes('--numa');
  const added = isWanted ? (preset.form.extraArgs ?? []) : [];
  return { ...form, ...preset.form, extraArgs: [...own, ...added] };
}

function withoutNuma(args: readonly string[]): string[] {
  const at = args.findIndex((arg, index) => arg === NUMA[0] && args[index + 1] === NUMA[1]);
  return at < 0 ? [...args] : args.toSpliced(at, NUMA.length);
}
