/** Turns the draft into a launch target, or says which fields are wrong; pure. */
import { launchTargetSchema, type LaunchTarget, type Recipe } from '#contract/launch-form';
import { splitArgs } from '#launch/split-args';
import type { TFunction } from 'i18next';
import type { z } from 'zod';
import { parseEnv } from './env-text.ts';
import type { CommandDraft, LaunchDraft, ScriptDraft, ServerDraft, ServerRecipe } from './launch-draft.ts';

/** Messages by the name of the field on the wire. */
export type FieldFaults = Partial<Record<string, string>>;
export type DraftResult = { target: LaunchTarget; faults: null } | { target: null; faults: FieldFaults };

/** What no target can be made without. */
const REQUIRED = ['model', 'path', 'cmd'] as const;

type RawForm = { form: Record<string, unknown>; faults: FieldFaults };

export function toTarget(draft: LaunchDraft, defaultRecipe: ServerRecipe, t: TFunction): DraftResult {
  const { form, faults } = rawForm(draft, t);
  const parsed = launchTargetSchema.safeParse({ recipe: draftRecipe(draft, defaultRecipe), form });
  if (parsed.success && Object.keys(faults).length === 0) return { target: parsed.data, faults: null };
  return {
    target: null,
    faults: { ...(parsed.success ? {} : issuesByField(parsed.error.issues, t)), ...faults },
  };
}

/** The target as far as it can be made out, for the preview: faulty fields are left out, a missing name is a placeholder. */
export function toPreviewTarget(
  draft: LaunchDraft,
  defaultRecipe: ServerRecipe,
  t: TFunction,
): LaunchTarget | null {
  const { form, faults } = rawForm(draft, t);
  const recipe = draftRecipe(draft, defaultRecipe);
  const first = launchTargetSchema.safeParse({ recipe, form });
  const faulty = new Set([
    ...Object.keys(faults),
    ...(first.success ? [] : Object.keys(issuesByField(first.error.issues, t))),
  ]);
  const sound = Object.fromEntries(Object.entries(form).filter(([field]) => !faulty.has(field)));
  for (const field of REQUIRED) {
    if (faulty.has(field)) sound[field] = t(`preview.missing.${field}`);
  }
  const second = launchTargetSchema.safeParse({ recipe, form: sound });
  return second.success ? second.data : null;
}

function draftRecipe(draft: LaunchDraft, defaultRecipe: ServerRecipe): Recipe {
  return draft.tab === 'form' ? (draft.recipe ?? defaultRecipe) : draft.tab;
}

function rawForm(draft: LaunchDraft, t: TFunction): RawForm {
  if (draft.tab === 'script') return scriptForm(draft.script, t);
  return draft.tab === 'command' ? commandForm(draft.command, t) : serverForm(draft.server, t);
}

function serverForm(server: ServerDraft, t: TFunction): RawForm {
  const faults: FieldFaults = {};
  const number = (
    field: 'context' | 'gpuLayers' | 'threads' | 'parallel' | 'batchSize',
  ): number | undefined => wholeNumber(server[field], () => (faults[field] = t('faults.wholeNumber')));
  const port = server.port.trim().toLowerCase();
  const isAuto = port === '' || port === 'auto';
  const form = defined({
    model: server.model.trim(),
    mmproj: server.isVision ? server.mmproj.trim() || undefined : undefined,
    host: server.host.trim() || undefined,
    port: isAuto ? 'auto' : wholeNumber(port, () => (faults['port'] = t('faults.port'))),
    context: number('context'),
    gpuLayers: number('gpuLayers'),
    threads: number('threads'),
    parallel: number('parallel'),
    batchSize: number('batchSize'),
    flashAttention: server.flashAttention === 'default' ? undefined : server.flashAttention === 'on',
    alias: server.alias.trim() || undefined,
    apiKey: server.apiKey || undefined,
    binary: server.binary.trim() || undefined,
    extraArgs: splitArgs(server.extraArgs),
    env: env(server.env, (line) => (faults['env'] = t('faults.envLine', { line }))),
  });
  if (server.isVision && server.mmproj.trim() === '') faults['mmproj'] = t('faults.mmproj');
  return { form, faults };
}

function scriptForm(script: ScriptDraft, t: TFunction): RawForm {
  const faults: FieldFaults = {};
  const form = defined({
    path: script.path.trim(),
    args: splitArgs(script.args),
    cwd: script.cwd.trim() || undefined,
    env: env(script.env, (line) => (faults['env'] = t('faults.envLine', { line }))),
  });
  return { form, faults };
}

function commandForm(command: CommandDraft, t: TFunction): RawForm {
  const faults: FieldFaults = {};
  const form = defined({
    cmd: command.cmd.trim(),
    args: splitArgs(command.args),
    cwd: command.cwd.trim() || undefined,
    env: env(command.env, (line) => (faults['env'] = t('faults.envLine', { line }))),
    shell: command.isShell,
    port: wholeNumber(command.port.trim(), () => (faults['port'] = t('faults.port'))),
  });
  return { form, faults };
}

function wholeNumber(text: string, onFault: () => void): number | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (/^-?\d{1,15}$/.test(trimmed)) return Number(trimmed);
  onFault();
  return undefined;
}

function env(text: string, onFault: (line: number) => void): Record<string, string> {
  const { env: variables, faultyLine } = parseEnv(text);
  if (faultyLine !== null) onFault(faultyLine);
  return variables;
}

function defined(form: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

function issuesByField(issues: readonly z.core.$ZodIssue[], t: TFunction): FieldFaults {
  const faults: FieldFaults = {};
  for (const issue of issues) {
    const field = String(issue.path[1] ?? issue.path[0] ?? '');
    faults[field] ??= field === 'port' ? t('faults.port') : issueText(field, issue, t);
  }
  return faults;
}

function issueText(field: string, issue: z.core.$ZodIssue, t: TFunction): string {
  const required = REQUIRED.find((name) => name === field);
  if (issue.code === 'too_small' && required !== undefined) return t(`faults.${required}`);
  if (issue.code === 'too_small' && issue.origin === 'number')
    return t('faults.atLeast', { limit: String(issue.minimum) });
  if (issue.code === 'too_big' && issue.origin === 'number')
    return t('faults.atMost', { limit: String(issue.maximum) });
  return issue.message;
}
