/** The `llama_cpp.server` recipe: llama-cpp-python's server, whose flags are the field names of its settings class. */
import type { LaunchCommand, RecipeContext, ServerForm } from '#contract/launch-form';
import { givenFlags, threadsOf } from './given-flags.ts';
import { localUrl, portOf } from './listen-address.ts';

/**
 * Its argparse knows neither `--mmproj`, `--threads`, `--batch-size` nor `--parallel`, which the first description of the product shows:
 * the projector is `--clip_model_path`, and the server has no parallel slots, so `parallel` is left out (`ignoredFields` says so).
 */
export function llamaCppPythonCommand(form: ServerForm, context: RecipeContext): LaunchCommand {
  const port = portOf(form, context);
  const args = givenFlags([
    ['--model', form.model],
    ['--clip_model_path', form.mmproj],
    ['--chat_format', visionFormat(form)],
    ['--host', form.host],
    ['--port', port],
    ['--n_ctx', form.context],
    ['--n_gpu_layers', form.gpuLayers],
    ['--n_threads', threadsOf(form.threads)],
    ['--n_batch', form.batchSize],
    ['--flash_attn', form.flashAttention === undefined ? undefined : String(form.flashAttention)],
    ['--model_alias', form.alias],
    ['--api_key', form.apiKey],
  ]);
  return {
    cmd: form.binary || context.binaries.python,
    args: ['-m', 'llama_cpp.server', ...args, ...form.extraArgs],
    // Python holds back what it prints into a pipe; the log is to be live.
    env: { PYTHONUNBUFFERED: '1', ...form.env },
    cwd: null,
    shell: false,
    port,
    readyUrl: localUrl(form.host, port, '/v1/models'),
  };
}

const VISION_FORMATS: readonly (readonly [RegExp, string])[] = [
  [/qwen-?2[._]?5-?vl/i, 'qwen2.5-vl'],
  [/minicpm-?v/i, 'minicpm-v-2.6'],
  [/moondream/i, 'moondream'],
  [/nanollava/i, 'nanollava'],
  [/obsidian/i, 'obsidian'],
  [/llama-?3-?vision/i, 'llama-3-vision-alpha'],
  [/llava-?v?1[._]6/i, 'llava-1-6'],
];

/** Without a chat format of a vision model the projector is silently not used, so one is guessed from the file's name; `--chat_format` of one's own wins. */
function visionFormat({ model, mmproj, extraArgs }: ServerForm): string | undefined {
  if (!mmproj || extraArgs.some((arg) => /^--chat_format(=|$)/.test(arg))) return undefined;
  const name = model.split(/[\\/]/).at(-1) ?? model;
  return VISION_FORMATS.find(([pattern]) => pattern.test(name))?.[1] ?? 'llava-1-5';
}
