/** The loaded model: its context, the slots in it, and what the routes need to know about it. */
import type { LlamaContext, LlamaContextOptions, LlamaModel } from 'node-llama-cpp';
import { createChatPrompt } from './chat-prompt.ts';
import type { ChatPrompt } from './chat-prompt.ts';
import { Embedder } from './embedder.ts';
import type { EngineLog } from './engine-log.ts';
import { EngineSlot } from './engine-slot.ts';
import type { EngineOptions } from './flag-table.ts';
import { loadLlama, resolveThreads } from './load-llama.ts';
import type { TaskRunner } from './run-task.ts';
import { SlotPool } from './slot-pool.ts';

export interface ModelHost extends TaskRunner {
  /** What answers call the model: the alias, or else the path as given. */
  name: string;
  path: string;
  model: LlamaModel;
  /** Tokens per slot. */
  contextSize: number;
  chatPrompt: ChatPrompt;
  embedder: Embedder;
  buildInfo: string;
}

const automaticSlots = 4;

/** Rejects with the signal's reason soon after it aborts. */
export async function loadModelHost(
  options: EngineOptions,
  log: EngineLog,
  signal: AbortSignal,
): Promise<ModelHost> {
  const threads = resolveThreads(options.threads);
  log.line('I', 'srv load_model', `loading model '${options.model}'`);
  const llama = await loadLlama(threads, log);
  signal.throwIfAborted();
  const model = await llama.loadModel({ modelPath: options.model, gpuLayers: 0, loadSignal: signal });
  log.line('I', 'cmn init', `llama threadpool init, n_threads = ${threads}`);
  const context = await model.createContext({
    ...contextOptions(options, model, threads),
    createSignal: signal,
  });
  const slots = new SlotPool(openSlots(context));
  const { contextSize } = context;
  log.line(
    'I',
    'srv load_model',
    `initializing, n_slots = ${slots.slots.length}, n_ctx_slot = ${contextSize}, kv_unified = 'false'`,
  );
  let lastTaskId = -1;
  return {
    name: options.alias === '' ? options.model : options.alias,
    path: options.model,
    model,
    contextSize,
    slots,
    log,
    nextTaskId: () => ++lastTaskId,
    chatPrompt: await createChatPrompt(model, log),
    embedder: new Embedder(model, threads),
    buildInfo: `${llama.llamaCppRelease.release}-embedded`,
  };
}

/** As llama-server: slots asked for by number divide the context, without a number each has it whole. */
function contextOptions(options: EngineOptions, model: LlamaModel, threads: number): LlamaContextOptions {
  const sequences = options.parallel === 0 ? automaticSlots : options.parallel;
  const share = options.parallel === 0 ? options.contextSize : Math.floor(options.contextSize / sequences);
  const trained = model.trainContextSize;
  return {
    sequences,
    threads,
    flashAttention: options.flashAttention,
    // Without a size asked for, the library takes as much of the trained one as fits the memory.
    contextSize: options.contextSize === 0 ? { max: trained } : Math.min(Math.max(1, share), trained),
    ...(options.batchSize === 0 ? {} : { batchSize: options.batchSize }),
  };
}

function openSlots(context: LlamaContext): EngineSlot[] {
  return Array.from({ length: context.totalSequences }, (_, id) => new EngineSlot(id, context.getSequence()));
}
