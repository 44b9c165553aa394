/** The `llama-server` recipe: llama.cpp's own server, by its own flag names. */
import type { LaunchCommand, RecipeContext, ServerForm } from '#contract/launch-form';
import { givenFlags, onOff, threadsOf } from './given-flags.ts';
import { launchFault, type LaunchFault } from './launch-fault.ts';
import { localUrl, portOf } from './listen-address.ts';

/** `-fa` takes a value since llama.cpp b6325; older builds know it as a bare switch and refuse "on". */
export function llamaServerCommand(form: ServerForm, context: RecipeContext): LaunchCommand {
  const port = portOf(form, context);
  const args = givenFlags([
    ['-m', form.model],
    ['--mmproj', form.mmproj],
    ['--host', form.host],
    ['--port', port],
    ['-c', form.context],
    ['-ngl', form.gpuLayers],
    ['-t', threadsOf(form.threads)],
    ['--parallel', form.parallel],
    ['-b', form.batchSize],
    ['-fa', onOff(form.flashAttention)],
    ['--alias', form.alias],
    ['--api-key', form.apiKey],
  ]);
  return {
    cmd: form.binary || context.binaries.llamaServer || 'llama-server',
    args: [...args, ...form.extraArgs],
    env: form.env,
    cwd: null,
    shell: false,
    port,
    readyUrl: localUrl(form.host, port, '/health'),
  };
}

export function llamaServerFaults(form: ServerForm, context: RecipeContext): LaunchFault[] {
  if (form.binary || context.binaries.llamaServer !== null) return [];
  return [launchFault({ code: 'SERVER_NOT_INSTALLED', field: 'recipe' }, 'no-llama-server', {})];
}
