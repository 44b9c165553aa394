/** Launch profiles (saved forms) and hardware presets (values that fill part of a form). */
import { z } from 'zod';
import { processIdSchema } from './ids.ts';
import { launchTargetSchema, serverFormSchema } from './launch-form.ts';
import { restartSchema } from './process.ts';

/**
 * How requests launch a profile: the first one for its model does. It is unloaded after `idleSeconds` without a request (null: never for
 * that), or when another model needs its room: members of one `group` are never loaded together, and all share the runner's memory budget
 * (MODEL_MEMORY_MB). `pinned`: only a person unloads it. `memoryMb` is what it takes, null: estimated from its files.
 */
export const onDemandSchema = z.strictObject({
  idleSeconds: z.number().int().min(1).max(604_800).nullable().default(600),
  pinned: z.boolean().default(false),
  group: z.string().trim().min(1).max(40).nullable().default(null),
  memoryMb: z.number().int().min(1).max(16_777_216).nullable().default(null),
});
export type OnDemandSettings = z.infer<typeof onDemandSchema>;

/** What the user names and saves. `id` is the process id that it launches under; `startWithRunner` launches it when the runner starts, `onDemand` when a request needs it (null: never; LLM servers only). */
export const profileInputSchema = z.strictObject({
  name: z.string().trim().min(1).max(80),
  processId: processIdSchema,
  target: launchTargetSchema,
  restart: restartSchema.default({ policy: 'never' }),
  startWithRunner: z.boolean().default(false),
  onDemand: onDemandSchema.nullable().default(null),
});
export type ProfileInput = z.infer<typeof profileInputSchema>;

export const profileSchema = z.object({
  id: z.string(),
  createdAt: z.string(),
  updatedAt: z.string(),
  ...profileInputSchema.shape,
});
export type Profile = z.infer<typeof profileSchema>;

/** Partial change of a profile: what is absent stays. Without the defaults, which zod fills in even where a field is optional. */
export const profileChangeSchema = z
  .strictObject({
    ...profileInputSchema.shape,
    restart: restartSchema,
    startWithRunner: z.boolean(),
    onDemand: onDemandSchema.nullable(),
  })
  .partial();
export type ProfileChange = z.infer<typeof profileChangeSchema>;

export const profileListResponseSchema = z.object({ ok: z.literal(true), profiles: z.array(profileSchema) });
export const profileResponseSchema = z.object({ ok: z.literal(true), profile: profileSchema });

/** Body of export and import: `POST /api/launch/profiles/import` adds all or none; a name in use gets a number behind it. API keys are left out of an export. */
export const profileExportSchema = z.object({
  format: z.literal('llm-server-manager/profiles'),
  version: z.literal(1),
  profiles: z.array(profileInputSchema).max(1000),
});
export type ProfileExport = z.infer<typeof profileExportSchema>;

/** `GET /api/launch/hardware-presets`: the fields each one fills. */
export const hardwarePresetSchema = z.object({
  id: z.enum(['high-end', 'mid-range', 'low-end']),
  name: z.string(),
  description: z.string(),
  form: serverFormSchema
    .pick({ context: true, gpuLayers: true, threads: true, parallel: true, batchSize: true })
    .extend({ extraArgs: z.array(z.string()) })
    .partial(),
});
export type HardwarePreset = z.infer<typeof hardwarePresetSchema>;
