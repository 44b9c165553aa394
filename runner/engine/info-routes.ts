/** GET /v1/models, /props and /slots: what is loaded and what runs. */
import { sendJson } from './call.ts';
import type { Call } from './call.ts';
import type { EngineSlot } from './engine-slot.ts';
import type { ModelHost } from './model-host.ts';
import { samplingDefaults } from './sampling.ts';

export function modelsRoute({ host, response }: Call): void {
  const { model } = host;
  const meta = {
    n_vocab: model.fileInfo.metadata.tokenizer.ggml.tokens.length,
    n_ctx: host.contextSize,
    n_ctx_train: model.trainContextSize,
    n_embd: model.embeddingVectorSize,
    n_params: countParameters(host),
    size: model.size,
    ftype: fileType(host),
  };
  const architecture = { input_modalities: ['text'], output_modalities: ['text'] };
  const created = Math.floor(Date.now() / 1000);
  const entry = {
    id: host.name,
    aliases: [host.name],
    tags: [],
    object: 'model',
    architecture,
    created,
    owned_by: 'llamacpp',
    meta,
  };
  sendJson(response, { object: 'list', data: [entry] });
}

export function propsRoute({ host, response }: Call): void {
  const { model } = host;
  sendJson(response, {
    default_generation_settings: {
      params: { ...samplingDefaults, max_tokens: -1, n_predict: -1 },
      n_ctx: host.contextSize,
    },
    total_slots: host.slots.slots.length,
    model_alias: host.name,
    model_ftype: fileType(host),
    model_path: host.path,
    modalities: { vision: false, video: false, audio: false },
    endpoint_slots: true,
    endpoint_props: false,
    endpoint_metrics: false,
    ui: false,
    chat_template: host.chatPrompt.template,
    bos_token: model.tokens.bosString ?? '',
    eos_token: model.tokens.eosString ?? '',
    build_info: host.buildInfo,
    is_sleeping: false,
  });
}

export function slotsRoute({ host, response }: Call): void {
  sendJson(
    response,
    host.slots.slots.map((slot) => describeSlot(host, slot)),
  );
}

function describeSlot(host: ModelHost, slot: EngineSlot): object {
  const isProcessing = host.slots.isBusy(slot);
  const idle = { id: slot.id, n_ctx: host.contextSize, speculative: false, is_processing: isProcessing };
  if (!isProcessing) return idle;
  return {
    ...idle,
    id_task: slot.taskId,
    n_prompt_tokens: slot.promptTokens,
    n_prompt_tokens_processed: Math.max(
      0,
      Math.min(slot.sequence.nextTokenIndex, slot.promptTokens) - slot.reusedTokens,
    ),
    n_prompt_tokens_cache: slot.reusedTokens,
    next_token: [{ n_decoded: slot.predictedTokens }],
  };
}

function countParameters({ model }: ModelHost): number {
  const tensors = model.fileInfo.fullTensorInfo ?? model.fileInfo.tensorInfo ?? [];
  return tensors.reduce(
    (sum, { dimensions }) => sum + dimensions.reduce<number>((product, size) => product * Number(size), 1),
    0,
  );
}

/** The library describes a model as "llama 7B Q4_K - Medium": architecture, size, quantisation. */
function fileType({ model }: ModelHost): string {
  return model.typeDescription.split(' ').slice(2).join(' ');
}
