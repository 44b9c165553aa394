/** The `embedded` recipe: the runner's own small server, which needs nothing installed. It speaks llama-server's flags, without vision. */
import type { LaunchCommand, RecipeContext, ServerForm } from '#contract/launch-form';
import { givenFlags, onOff, threadsOf } from './given-flags.ts';
import type { LaunchFault } from './launch-fault.ts';
import { localUrl, portOf } from './listen-address.ts';

export function embeddedCommand(form: ServerForm, context: RecipeContext): LaunchCommand {
  const port = portOf(form, context);
  const args = givenFlags([
    ['-m', form.model],
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
    cmd: context.binaries.node,
    args: [context.binaries.engine, ...args, ...form.extraArgs],
    env: form.env,
    cwd: null,
    shell: false,
    port,
    readyUrl: localUrl(form.host, port, '/health'),
  };
}

/** A projector is a fault, not a field to pass over: a vision model without its eyes answers nonsense. */
export function embeddedFaults(form: ServerForm): LaunchFault[] {
  if (!form.mmproj) return [];
  const message = 'The embedded server cannot see images. Choose llama-server for a vision model, or leave the projector (mmproj) empty.';
  return [{ code: 'INVALID_REQUEST', field: 'mmproj', message }];
}
