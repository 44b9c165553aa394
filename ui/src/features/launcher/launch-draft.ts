/** What the launcher page holds while it is being filled in: texts as typed. A launch target is made of it in draft-target.ts. */
import { z } from 'zod';

const serverDraftSchema = z.object({
  model: z.string(),
  mmproj: z.string(),
  isVision: z.boolean(),
  host: z.string(),
  port: z.string(),
  context: z.string(),
  gpuLayers: z.string(),
  threads: z.string(),
  parallel: z.string(),
  batchSize: z.string(),
  flashAttention: z.enum(['default', 'on', 'off']),
  alias: z.string(),
  apiKey: z.string(),
  extraArgs: z.string(),
  env: z.string(),
  binary: z.string(),
});
export type ServerDraft = z.infer<typeof serverDraftSchema>;

const scriptDraftSchema = z.object({ path: z.string(), args: z.string(), cwd: z.string(), env: z.string() });
export type ScriptDraft = z.infer<typeof scriptDraftSchema>;

const commandDraftSchema = z.object({
  cmd: z.string(),
  args: z.string(),
  cwd: z.string(),
  env: z.string(),
  isShell: z.boolean(),
  port: z.string(),
});
export type CommandDraft = z.infer<typeof commandDraftSchema>;

export const launchDraftSchema = z.object({
  tab: z.enum(['form', 'script', 'command']),
  /** null: what the runner offers first. */
  recipe: z.enum(['llama-server', 'llama_cpp.server', 'embedded']).nullable(),
  /** Empty: the suggested one. */
  id: z.string(),
  restart: z.enum(['never', 'on-failure', 'always']),
  profileId: z.string().nullable(),
  server: serverDraftSchema,
  script: scriptDraftSchema,
  command: commandDraftSchema,
});
export type LaunchDraft = z.infer<typeof launchDraftSchema>;
export type ServerRecipe = NonNullable<LaunchDraft['recipe']>;

export const EMPTY_DRAFT: LaunchDraft = {
  tab: 'form',
  recipe: null,
  id: '',
  restart: 'never',
  profileId: null,
  server: {
    model: '',
    mmproj: '',
    isVision: false,
    host: '127.0.0.1',
    port: 'auto',
    context: '',
    gpuLayers: '',
    threads: '',
    parallel: '',
    batchSize: '',
    flashAttention: 'default',
    alias: '',
    apiKey: '',
    extraArgs: '',
    env: '',
    binary: '',
  },
  script: { path: '', args: '', cwd: '', env: '' },
  command: { cmd: '', args: '', cwd: '', env: '', isShell: false, port: '' },
};
