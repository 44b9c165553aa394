/** Reads what servers tell of themselves (llama-server old and new, llama_cpp.server, vLLM, Ollama …): whatever is not there or odd is null. */
import { z } from 'zod';

const count = z.number().int().nonnegative().nullish().catch(null);
const flag = z.boolean().nullish().catch(null);
const words = z.array(z.string()).nullish().catch(null);

/** null: the server does not tell. */
export interface ServerFacts {
  models: string[];
  context: number | null;
  slots: number | null;
  vision: boolean | null;
  /** The gateway of another runner: it serves all its models, each by its name. */
  isGateway: boolean;
}

const propsSchema = z.object({
  default_generation_settings: z.object({ n_ctx: count }).nullish().catch(null),
  n_ctx: count,
  total_slots: count,
  model_alias: z.string().nullish().catch(null),
  model_path: z.string().nullish().catch(null),
  modalities: z.object({ vision: flag }).nullish().catch(null),
});
type Props = z.infer<typeof propsSchema>;

/** Newer llama-server, vLLM, OpenRouter, LM Studio: each has a name of its own for the context. */
const modelSchema = z.object({
  id: z.string().min(1),
  meta: z.object({ n_ctx: count }).nullish().catch(null),
  max_model_len: count,
  context_length: count,
  max_context_length: count,
  architecture: z.object({ input_modalities: words }).nullish().catch(null),
});
type Model = z.infer<typeof modelSchema>;

/** Ollama answers `"data": null` when it has no model. */
const modelListSchema = z.object({ data: z.array(z.unknown()).nullable() });

const slotSchema = z.object({ n_ctx: count, is_processing: flag, state: count });

export interface Slots {
  count: number;
  busy: number;
  context: number | null;
}

/** Null: no list of models. */
export function readModels(json: unknown): Model[] | null {
  const list = modelListSchema.safeParse(json);
  if (!list.success) return null;
  return (list.data.data ?? []).flatMap((entry) => {
    const model = modelSchema.safeParse(entry);
    return model.success ? [model.data] : [];
  });
}

export function readProps(json: unknown): Props | null {
  const props = propsSchema.safeParse(json);
  return props.success ? props.data : null;
}

/** A slot of very old servers has `state` 1 while it works. */
export function readSlots(json: unknown): Slots | null {
  const slots = z.array(slotSchema).safeParse(json);
  if (!slots.success) return null;
  const busy = slots.data.filter((slot) => slot.is_processing ?? slot.state === 1).length;
  return { count: slots.data.length, busy, context: slots.data[0]?.n_ctx ?? null };
}

/** Whether `GET /health` was answered as llama-server and our engine do. */
export function isHealthReport(json: unknown): boolean {
  return z.object({ status: z.string() }).safeParse(json).success;
}

export interface Told {
  models: readonly Model[];
  props: Props | null;
  slots: Slots | null;
  /** Which of the models is meant; null: the first. */
  chosen: string | null;
  isGateway: boolean;
}

/** `/props` knows best; then the slots; then the list of models. */
export function factsOf({ models, props, slots, chosen, isGateway }: Told): ServerFacts {
  const model = models.find(({ id }) => id === chosen) ?? models[0];
  const inputs = model?.architecture?.input_modalities;
  const ownName = props?.model_alias ?? props?.model_path?.split(/[\\/]/).at(-1);
  const contexts = [
    props?.default_generation_settings?.n_ctx,
    slots?.context,
    props?.n_ctx,
    model?.meta?.n_ctx,
    model?.max_model_len,
    model?.context_length,
    model?.max_context_length,
  ];
  return {
    models: models.length > 0 || !ownName ? [...new Set(models.map(({ id }) => id))] : [ownName],
    context: contexts.find((tokens) => typeof tokens === 'number' && tokens > 0) ?? null,
    slots: props?.total_slots ?? slots?.count ?? null,
    vision: props?.modalities?.vision ?? (inputs ? inputs.includes('image') : null),
    isGateway,
  };
}
