/** Turns the draft into a launch target, or says which fields are wrong; pure. */
import { launchTargetSchema, type LaunchTarget, type Recipe } from '#contract/launch-form';
import { splitArgs } from '#launch/split-args';
import type { z } from 'zod';
import { en } from '../../locales/en.ts';
import { fill } from '../../locales/fill.ts';
import { parseEnv } from './env-text.ts';
import type { CommandDraft, LaunchDraft, ScriptDraft, ServerDraft, ServerRecipe } from './launch-draft.ts';

/** Messages by the name of the field on the wire. */
export type FieldFaults = Partial<Record<string, string>>;
export type DraftResult = { target: LaunchTarget; faults: null } | { target: null; faults: FieldFaults };

type RawForm = { form: Record<string, unknown>; faults: FieldFaults };

export function toTarget(draft: LaunchDraft, defaultRecipe: ServerRecipe): DraftResult {
  const { form, faults } = rawForm(draft);
  const parsed = launchTargetSchema.safeParse({ recipe: draftRecipe(draft, defaultRecipe), form });
  if (parsed.success && Object.keys(faults).length === 0) return { target: parsed.data, faults: null };
  return { target: null, faults: { ...(parsed.success ? {} : issuesByField(parsed.error.issues)), ...faults } };
}

/** The target as far as it can be made out, for the preview: faulty fields are left out, a missing name is a placeholder. */
export function toPreviewTarget(draft: LaunchDraft, defaultRecipe: ServerRecipe): LaunchTarget | null {
  const { form, faults } = rawForm(draft);
  const recipe = draftRecipe(draft, defaultRecipe);
  const first = launchTargetSchema.safeParse({ recipe, form });
  const faulty = new Set([...Object.keys(faults), ...(first.success ? [] : Object.keys(issuesByField(first.error.issues)))]);
  const sound = Object.fromEntries(Object.entries(form).filter(([field]) => !faulty.has(field)));
  for (const field of ['model', 'path', 'cmd'] as const) {
    if (faulty.has(field)) sound[field] = en.preview.missing[field];
  }
  const second = launchTargetSchema.safeParse({ recipe, form: sound });
  return second.success ? second.data : null;
}

function draftRecipe(draft: LaunchDraft, defaultRecipe: ServerRecipe): Recipe {
  return draft.tab === 'form' ? (draft.recipe ?? defaultRecipe) : draft.tab;
}

function rawForm(draft: LaunchDraft): RawForm {
  if (draft.tab === 'script') return scriptForm(draft.script);
  return draft.tab === 'command' ? commandForm(draft.command) : serverForm(draft.server);
}

function serverForm(server: ServerDraft): RawForm {
  const faults: FieldFaults = {};
  const number = (field: 'context' | 'gpuLayers' | 'threads' | 'parallel' | 'batchSize'): number | undefined =>
    wholeNumber(server[field], () => (faults[field] = en.faults.wholeNumber));
  const port = server.port.trim().toLowerCase();
  const isAuto = port === '' || port === 'auto';
  const form = defined({
    model: server.model.trim(),
    mmproj: server.isVision ? server.mmproj.trim() || undefined : undefined,
    host: server.host.trim() || undefined,
    port: isAuto ? 'auto' : wholeNumber(port, () => (faults['port'] = en.faults.port)),
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
    env: env(server.env, faults),
  });
  if (server.isVision && server.mmproj.trim() === '') faults['mmproj'] = en.faults.mmproj;
  return { form, faults };
}

function scriptForm(script: ScriptDraft): RawForm {
  const faults: FieldFaults = {};
  const form = defined({
    path: script.path.trim(),
    args: splitArgs(script.args),
    cwd: script.cwd.trim() || undefined,
    env: env(script.env, faults),
  });
  return { form, faults };
}

function commandForm(command: CommandDraft): RawForm {
  const faults: FieldFaults = {};
  const form = defined({
    cmd: command.cmd.trim(),
    args: splitArgs(command.args),
    cwd: command.cwd.trim() || undefined,
    env: env(command.env, faults),
    shell: command.isShell,
    port: wholeNumber(command.port.trim(), () => (faults['port'] = en.faults.port)),
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

function env(text: string, faults: FieldFaults): Record<string, string> {
  const { env: variables, faultyLine } = parseEnv(text);
  if (faultyLine !== null) faults['env'] = fill(en.faults.envLine, { line: faultyLine });
  return variables;
}

function defined(form: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined));
}

function issuesByField(issues: readonly z.core.$ZodIssue[]): FieldFaults {
  const faults: FieldFaults = {};
  for (const issue of issues) {
    const field = String(issue.path[1] ?? issue.path[0] ?? '');
    faults[field] ??= field === 'port' ? en.faults.port : issueText(issue);
  }
  return faults;
}

function issueText(issue: z.core.$ZodIssue): string {
  if (issue.code === 'too_small' && issue.origin === 'number') return fill(en.faults.atLeast, { limit: String(issue.minimum) });
  if (issue.code === 'too_big' && issue.origin === 'number') return fill(en.faults.atMost, { limit: String(issue.maximum) });
  return issue.message;
}
