/** Processes on the wire: launch requests, snapshots and how a run ended. */
import { z } from 'zod';
import { processIdSchema } from './ids.ts';
import {
  argSchema,
  commandFormSchema,
  envSchema,
  launchTargetSchema,
  recipeSchema,
  scriptFormSchema,
} from './launch-form.ts';
import { textValuesSchema } from './text-values.ts';

/** When a run that ended by itself is started again. "on-failure": exit code not 0, or a signal. */
export const restartSchema = z.strictObject({ policy: z.enum(['never', 'on-failure', 'always']) });
export type Restart = z.infer<typeof restartSchema>;

function isPattern(text: string): boolean {
  try {
    return new RegExp(text) instanceof RegExp;
  } catch {
    return false;
  }
}

/** What proves that a process is ready: a URL that answers 2xx, a port that accepts, or a regular expression found in a log line. */
export const readySchema = z.union([
  z.strictObject({ url: z.url({ protocol: /^https?$/ }) }),
  z.strictObject({ port: z.number().int().min(1).max(65_535) }),
  z.strictObject({ pattern: z.string().min(1).max(500).refine(isPattern, 'is not a regular expression') }),
]);
export type Ready = z.infer<typeof readySchema>;

/** Milliseconds between TERM and KILL. */
export const graceMsSchema = z.number().int().min(0).max(600_000);

const launchOptions = {
  id: processIdSchema,
  restart: restartSchema.optional(),
  graceMs: graceMsSchema.optional(),
};

/** `POST /api/runner/launch` with a command of one's own. `stdin` "pipe" keeps the child's input open (it never reads an end of file). */
export const launchCommandRequestSchema = z.strictObject({
  ...launchOptions,
  ...commandFormSchema.shape,
  args: z.array(argSchema).max(1024).nullish(),
  env: envSchema.nullish(),
  shell: z.boolean().nullish(),
  ready: readySchema.optional(),
  stdin: z.enum(['ignore', 'pipe']).optional(),
});

/** `POST /api/runner/launch` with a recipe and its form; `profileId` says which saved profile it came from. */
export const launchRecipeRequestSchema = z
  .object({ ...launchOptions, recipe: recipeSchema, form: z.unknown(), profileId: z.string().optional() })
  .strict();

/** `POST /api/runner/start-bat`: the seed's body. */
export const startScriptRequestSchema = z.strictObject({
  ...launchOptions,
  ...scriptFormSchema.shape,
  args: z.array(argSchema).max(1024).nullish(),
  env: envSchema.nullish(),
});

/** Answer of launch, start-bat and restart: the child runs. `port` is the one in use, null where none is known. */
export const launchResponseSchema = z.object({
  ok: z.literal(true),
  pid: z.number().int(),
  id: z.string(),
  run: z.number().int(),
  port: z.number().int().nullable(),
});
export type LaunchResponse = z.infer<typeof launchResponseSchema>;

export const stopRequestSchema = z.strictObject({ graceMs: graceMsSchema.optional() });

export const processStateSchema = z.enum([
  'starting',
  'loading',
  'ready',
  'stopping',
  'exited',
  'failed',
  'backoff',
  'crash-loop',
]);
export type ProcessState = z.infer<typeof processStateSchema>;

/**
 * How a run ended. `reason`: "stopped" = we were asked to; "exited" = by itself with code 0; "crashed" = by itself with another code or by
 * a signal; "spawn-failed" = it never ran; "shim-lost" = its keeper was killed and the rest was ended by the runner. `at` is ISO 8601.
 */
export const exitSchema = z.object({
  code: z.number().int().nullable(),
  signal: z.string().nullable(),
  reason: z.enum(['stopped', 'exited', 'crashed', 'spawn-failed', 'shim-lost']),
  at: z.string(),
});
export type Exit = z.infer<typeof exitSchema>;

/**
 * Why a process failed, in words, what to do, and form fields that would mend it (empty: nothing to apply by button). `code` and `values` say
 * the same for other languages (`CAUSE_TEXTS` in launch/cause-texts.ts lists them); older runners do not send them.
 */
export const diagnosisSchema = z.object({
  cause: z.string(),
  suggestion: z.string(),
  fix: z.record(z.string(), z.union([z.string(), z.number(), z.boolean()])),
  code: z.string().optional(),
  values: textValuesSchema.optional(),
});
export type Diagnosis = z.infer<typeof diagnosisSchema>;

/**
 * One process as the page and REST see it. `command` is one line with secrets masked; `uptimeMs` counts from `startedAt` while a run lives,
 * else null; `cpuPercent` is of one core, with `memoryBytes` summed over the process and its descendants, null until measured;
 * `restarts` counts automatic restarts since the last launch by a user; `nextRestartAt` is set in state "backoff"; `note` says what a
 * "loading" process waits for, `noteCode` and `noteValues` the same for other languages (process-note.ts lists them; older runners do not
 * send them); `log` gives the first kept and the next byte offset of its log.
 */
export const processSnapshotSchema = z.object({
  id: z.string(),
  recipe: recipeSchema,
  state: processStateSchema,
  pid: z.number().int().nullable(),
  run: z.number().int(),
  port: z.number().int().nullable(),
  url: z.string().nullable(),
  startedAt: z.string().nullable(),
  uptimeMs: z.number().nullable(),
  cpuPercent: z.number().nullable(),
  memoryBytes: z.number().nullable(),
  restarts: z.number().int(),
  restartPolicy: restartSchema.shape.policy,
  nextRestartAt: z.string().nullable(),
  exit: exitSchema.nullable(),
  diagnosis: diagnosisSchema.nullable(),
  command: z.string(),
  cwd: z.string().nullable(),
  note: z.string().nullable(),
  noteCode: z.string().nullish(),
  noteValues: textValuesSchema.nullish(),
  profileId: z.string().nullable(),
});
export type ProcessSnapshot = z.infer<typeof processSnapshotSchema>;

export const processListResponseSchema = z.object({
  ok: z.literal(true),
  processes: z.array(processSnapshotSchema),
});
export const processResponseSchema = z.object({
  ok: z.literal(true),
  process: processSnapshotSchema.extend({ target: launchTargetSchema.nullable() }),
});
/** Answer of stop: everything the run started is gone, and how it ended (null: it never ran). */
export const stopResponseSchema = z.object({
  ok: z.literal(true),
  id: z.string(),
  exit: exitSchema.nullable(),
});
export const okResponseSchema = z.object({ ok: z.literal(true) });
