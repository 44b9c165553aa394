/** Prompt presets: system prompt, developer prompt, user template with variables, and sampler settings. */
import { z } from 'zod';
import { templateFault } from './prompt-template.ts';

/**
 * Sampler settings by the names of the OpenAI API and llama-server; what is absent is left to the `LLM_*` settings, then to the server.
 * `max_tokens` -1 = until the context is full; `thinking` asks the model's chat template to think or not to.
 */
export const samplerSchema = z
  .strictObject({
    temperature: z.number().min(0).max(5),
    top_p: z.number().min(0).max(1),
    top_k: z.number().int().min(0).max(100_000),
    min_p: z.number().min(0).max(1),
    max_tokens: z.number().int().min(-1).max(16_777_216),
    seed: z.number().int().min(-1).max(4_294_967_295),
    stop: z.array(z.string().min(1).max(200)).max(16),
    thinking: z.boolean(),
  })
  .partial();
export type Sampler = z.infer<typeof samplerSchema>;

const promptText = z.string().max(200_000);
const variableName = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]{0,63}$/, 'is not a name of a variable (letters, digits, _)')
  .refine((name) => name !== 'input', 'the name "input" is taken by what the user types');

/** The texts that a session works with. `variables` gives each name in the template its value. */
const promptShape = {
  system: promptText.default(''),
  developer: promptText.default(''),
  template: z.string().max(20_000).default('{{input}}'),
  variables: z.record(variableName, z.string().max(20_000)).default({}),
  sampler: samplerSchema.default({}),
};

function checkTemplate(
  { template, variables }: { template: string; variables: Record<string, string> },
  context: z.RefinementCtx,
): void {
  const fault = templateFault(template, variables);
  if (fault !== null) context.addIssue({ code: 'custom', path: ['template'], message: fault });
}

export const promptSchema = z.strictObject(promptShape).superRefine(checkTemplate);
export type Prompt = z.infer<typeof promptSchema>;

const presetShape = {
  name: z.string().trim().min(1).max(80),
  description: z.string().max(500).default(''),
  ...promptShape,
};

/** Body of `POST /api/presets` and of each preset in an import. A template with an undeclared variable is refused, by its name. */
export const presetInputSchema = z.strictObject(presetShape).superRefine(checkTemplate);
export type PresetInput = z.infer<typeof presetInputSchema>;

/** Body of `PATCH /api/presets/:id`: what is absent stays. Without defaults, which zod fills in even where a field is optional. */
export const presetChangeSchema = z
  .strictObject({
    name: presetShape.name,
    description: z.string().max(500),
    system: promptText,
    developer: promptText,
    template: z.string().max(20_000),
    variables: z.record(variableName, z.string().max(20_000)),
    sampler: samplerSchema,
  })
  .partial();
export type PresetChange = z.infer<typeof presetChangeSchema>;

/** `origin` "shipped": from the product's `presets/` folder, cannot be changed or deleted, only duplicated. Times are ISO 8601, null for shipped ones. */
export const presetSchema = z.object({
  id: z.string(),
  origin: z.enum(['shipped', 'user']),
  createdAt: z.string().nullable(),
  updatedAt: z.string().nullable(),
  ...presetShape,
});
export type Preset = z.infer<typeof presetSchema>;

export const presetListResponseSchema = z.object({ ok: z.literal(true), presets: z.array(presetSchema) });
export const presetResponseSchema = z.object({ ok: z.literal(true), preset: presetSchema });

/** Body of export and import, and the form of the shipped files. An import adds all or none; a name in use gets a number behind it. */
export const presetExportSchema = z.strictObject({
  format: z.literal('llm-server-manager/presets'),
  version: z.literal(1),
  presets: z.array(presetInputSchema).min(1).max(1000),
});
export type PresetExport = z.infer<typeof presetExportSchema>;
