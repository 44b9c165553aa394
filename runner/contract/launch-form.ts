/** Launch forms: what the launcher page holds, a profile saves and a recipe turns into a command. */
import { z } from 'zod';

/** No file name, argument or variable of any system can hold a NUL. */
const NO_NUL = /^[^\0]*$/;
const text = z.string().max(4096).regex(NO_NUL, 'must not hold a NUL character');

/** One argument of a command line of one's own: as long as the system takes it. */
export const argSchema = z.string().regex(NO_NUL, 'must not hold a NUL character');
const count = z.number().int().min(1).max(1_048_576);

/** Environment variables; a value is text, names follow POSIX. */
export const envSchema = z.record(
  z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'is not a name of an environment variable'),
  text,
);

/** A TCP port, or "auto": the runner picks a free one at launch. */
export const portSchema = z.union([z.literal('auto'), z.number().int().min(1).max(65_535)]);

/**
 * Form of the server recipes (`llama-server`, `llama_cpp.server`, `embedded`). Absent fields leave the server's own default.
 * `gpuLayers` -1 = all; `threads` 0 = let the server choose; `context` in tokens, 0 = the model's own; `batchSize` in tokens.
 */
export const serverFormSchema = z.strictObject({
  model: text.min(1, 'choose a model file'),
  mmproj: text.optional(),
  host: z.string().min(1).max(255).default('127.0.0.1'),
  port: portSchema.default('auto'),
  context: z.number().int().min(0).max(16_777_216).optional(),
  gpuLayers: z.number().int().min(-1).max(1000).optional(),
  threads: z.number().int().min(0).max(1024).optional(),
  parallel: count.max(256).optional(),
  batchSize: count.optional(),
  flashAttention: z.boolean().optional(),
  alias: z.string().max(256).optional(),
  apiKey: z.string().max(512).optional(),
  extraArgs: z.array(text).max(256).default([]),
  env: envSchema.default({}),
  binary: text.optional(),
});
export type ServerForm = z.infer<typeof serverFormSchema>;

/** Form of `script`: a .bat or .cmd (Windows), .sh (POSIX) or .ps1 (where PowerShell is). `cwd` defaults to the script's folder. */
export const scriptFormSchema = z.strictObject({
  path: text.min(1, 'give the path of the script'),
  args: z.array(text).max(1024).default([]),
  cwd: text.nullish(),
  env: envSchema.default({}),
});
export type ScriptForm = z.infer<typeof scriptFormSchema>;

/** Form of `command`: any program. `shell` true hands the joined line to the system's shell. */
export const commandFormSchema = z.strictObject({
  cmd: text.min(1, 'give a command'),
  args: z.array(text).max(1024).default([]),
  cwd: text.nullish(),
  env: envSchema.default({}),
  shell: z.boolean().default(false),
  port: z.number().int().min(1).max(65_535).optional(),
});
export type CommandForm = z.infer<typeof commandFormSchema>;

/** A recipe's name with its form. */
export const launchTargetSchema = z.discriminatedUnion('recipe', [
  z.strictObject({ recipe: z.literal('llama-server'), form: serverFormSchema }),
  z.strictObject({ recipe: z.literal('llama_cpp.server'), form: serverFormSchema }),
  z.strictObject({ recipe: z.literal('embedded'), form: serverFormSchema }),
  z.strictObject({ recipe: z.literal('script'), form: scriptFormSchema }),
  z.strictObject({ recipe: z.literal('command'), form: commandFormSchema }),
]);
export type LaunchTarget = z.infer<typeof launchTargetSchema>;

/** "ssh-tunnel" has no form here: tunnels launch it (tunnel.ts). */
export const recipeSchema = z.enum([
  'llama-server',
  'llama_cpp.server',
  'embedded',
  'script',
  'command',
  'ssh-tunnel',
]);
export type Recipe = z.infer<typeof recipeSchema>;

/**
 * What a recipe must know of the runner's machine besides the form. `platform` is Node's `process.platform`; `binaries` are the programs
 * found there (null: none found); `freePort` is what "auto" becomes; `cores` is the number of processor cores.
 */
export const recipeContextSchema = z.object({
  platform: z.string(),
  cores: z.number().int().min(1),
  binaries: z.object({
    llamaServer: z.string().nullable(),
    python: z.string(),
    node: z.string(),
    engine: z.string(),
    powershell: z.string().nullable(),
  }),
  freePort: z.number().int(),
});
export type RecipeContext = z.infer<typeof recipeContextSchema>;

/** A command ready to run: exactly what the child gets. `readyUrl` is the URL that proves readiness, null where nothing can be asked. */
export const launchCommandSchema = z.object({
  cmd: z.string(),
  args: z.array(z.string()),
  env: envSchema,
  cwd: z.string().nullable(),
  shell: z.boolean(),
  port: z.number().int().nullable(),
  readyUrl: z.string().nullable(),
});
export type LaunchCommand = z.infer<typeof launchCommandSchema>;

export const shellSchema = z.enum(['posix', 'cmd', 'powershell']);
export type Shell = z.infer<typeof shellSchema>;

/** `POST /api/launch/preview` with a launch target: the command, and the same as one line quoted for each shell. Secrets are shown as they are: the caller typed them. */
export const previewResponseSchema = z.object({
  ok: z.literal(true),
  command: launchCommandSchema,
  line: z.object({ posix: z.string(), cmd: z.string(), powershell: z.string() }),
});

/** `GET /api/launch/context`: what the page needs to preview by itself, and the recipe to offer first. */
export const launchContextResponseSchema = z.object({
  ok: z.literal(true),
  context: recipeContextSchema,
  defaultRecipe: recipeSchema.exclude(['ssh-tunnel']),
  demoModel: z.string().nullable(),
});
export type LaunchContextResponse = z.infer<typeof launchContextResponseSchema>;
