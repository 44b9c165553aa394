/** The other way round: fills the draft from a saved target or a suggested mend; pure. */
import type { LaunchTarget, ServerForm } from '#contract/launch-form';
import type { Diagnosis, Restart } from '#contract/process';
import { joinArgs } from '#launch/split-args';
import { formatEnv } from './env-text.ts';
import { EMPTY_DRAFT, type LaunchDraft, type ServerDraft } from './launch-draft.ts';

export interface SavedLaunch {
  target: LaunchTarget;
  processId: string;
  restart: Restart['policy'];
  profileId: string | null;
}

export function toDraft({ target, processId, restart, profileId }: SavedLaunch): LaunchDraft {
  const base: LaunchDraft = { ...EMPTY_DRAFT, id: processId, restart, profileId };
  if (target.recipe === 'script') {
    const { path, args, cwd, env } = target.form;
    return {
      ...base,
      tab: 'script',
      script: { path, args: joinArgs(args), cwd: cwd ?? '', env: formatEnv(env) },
    };
  }
  if (target.recipe === 'command') {
    const { cmd, args, cwd, env, shell, port } = target.form;
    const command = {
      cmd,
      args: joinArgs(args),
      cwd: cwd ?? '',
      env: formatEnv(env),
      isShell: shell,
      port: shown(port),
    };
    return { ...base, tab: 'command', command };
  }
  return { ...base, tab: 'form', recipe: target.recipe, server: toServerDraft(target.form) };
}

function toServerDraft(form: ServerForm): ServerDraft {
  return {
    model: form.model,
    mmproj: form.mmproj ?? '',
    isVision: form.mmproj !== undefined,
    host: form.host,
    port: String(form.port),
    ...presetFields(form),
    flashAttention: form.flashAttention === undefined ? 'default' : form.flashAttention ? 'on' : 'off',
    alias: form.alias ?? '',
    apiKey: form.apiKey ?? '',
    extraArgs: joinArgs(form.extraArgs),
    env: formatEnv(form.env),
    binary: form.binary ?? '',
  };
}

type NumberFields = Pick<ServerForm, 'context' | 'gpuLayers' | 'threads' | 'parallel' | 'batchSize'>;

function presetFields(form: NumberFields) {
  return {
    context: shown(form.context),
    gpuLayers: shown(form.gpuLayers),
    threads: shown(form.threads),
    parallel: shown(form.parallel),
    batchSize: shown(form.batchSize),
  };
}

/** Puts the fields of a diagnosis' mend into the form; names the page does not know are left alone. */
export function withFix(draft: LaunchDraft, fix: Diagnosis['fix']): LaunchDraft {
  const server: Record<string, unknown> = { ...draft.server };
  const command: Record<string, unknown> = { ...draft.command };
  for (const [field, value] of Object.entries(fix)) {
    if (field === 'flashAttention') server[field] = value === true ? 'on' : 'off';
    else if (draft.tab === 'command' && field in command) command[field] = String(value);
    else if (field in server) server[field] = String(value);
  }
  return { ...draft, server: server as ServerDraft, command: command as LaunchDraft['command'] };
}

function shown(value: number | undefined): string {
  return value === undefined ? '' : String(value);
}
