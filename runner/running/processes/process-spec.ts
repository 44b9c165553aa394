/** What a process is: everything needed to launch it again, as kept in its spec.json. */
import { z } from 'zod';
import { processIdSchema } from '#contract/ids';
import { envSchema, launchTargetSchema, recipeSchema } from '#contract/launch-form';
import { graceMsSchema, readySchema, restartSchema } from '#contract/process';

export const DEFAULT_GRACE_MS = 10_000;

export const processSpecSchema = z.object({
  id: processIdSchema,
  recipe: recipeSchema,
  /** The form it came from; null for a command launched as such. */
  target: launchTargetSchema.nullable(),
  cmd: z.string(),
  args: z.array(z.string()),
  env: envSchema,
  cwd: z.string().nullable(),
  shell: z.boolean(),
  stdin: z.enum(['ignore', 'pipe']),
  host: z.string(),
  port: z.number().int().nullable(),
  ready: readySchema.nullable(),
  restart: restartSchema,
  graceMs: graceMsSchema,
  termAgainAfterMs: z.number().nullable(),
  profileId: z.string().nullable(),
  /** The command as one line with secrets masked. */
  display: z.string(),
});
export type ProcessSpec = z.infer<typeof processSpecSchema>;
