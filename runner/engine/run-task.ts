/** A task from queue to release: waits for a slot, generates in it, and logs each step as llama-server does. */
import type { EngineSlot } from './engine-slot.ts';
import type { EngineLog } from './engine-log.ts';
import { generate } from './generate.ts';
import type { Generation, GenerationResult, Listener } from './generate.ts';
import type { SlotChoice, SlotPool } from './slot-pool.ts';
import { timingLines } from './timings.ts';

export interface TaskRunner {
  slots: SlotPool<EngineSlot>;
  log: EngineLog;
  nextTaskId(): number;
}

/** Rejects with the signal's reason when the client leaves, queued or running; the slot is free again when it settles. */
export async function runTask(
  runner: TaskRunner,
  generation: Generation,
  listener: Listener,
): Promise<GenerationResult> {
  const taskId = runner.nextTaskId();
  const { signal } = listener;
  const onLeave = (): void => runner.log.line('W', 'srv stop', `cancel task, id_task = ${taskId}`);
  signal.addEventListener('abort', onLeave, { once: true });
  try {
    const { slot, choice } = await runner.slots.acquire(generation.prompt, signal);
    runner.log.line('I', 'slot get_available', `${place(slot.id, -1)} | ${describeChoice(choice)}`);
    return await runIn(slot, taskId, { runner, generation, listener });
  } finally {
    signal.removeEventListener('abort', onLeave);
  }
}

/** The same, with the text in one piece. */
export async function collectTask(
  runner: TaskRunner,
  generation: Generation,
  signal: AbortSignal,
): Promise<GenerationResult & { content: string }> {
  let content = '';
  const onText = (text: string): void => {
    content += text;
  };
  const result = await runTask(runner, generation, { signal, onText });
  return { ...result, content };
}

interface Run {
  runner: TaskRunner;
  generation: Generation;
  listener: Listener;
}

async function runIn(
  slot: EngineSlot,
  taskId: number,
  { runner, generation, listener }: Run,
): Promise<GenerationResult> {
  const { log, slots } = runner;
  const where = place(slot.id, taskId);
  let isTruncated = false;
  slot.begin(taskId, generation.prompt.length);
  log.line('I', 'slot launch_slot_', `${where} | processing task, is_child = 0`);
  try {
    const result = await generate(slot, generation, listener);
    isTruncated = result.isTruncated;
    for (const text of timingLines(result.measured)) log.line('I', 'slot print_timing', `${where} | ${text}`);
    return result;
  } catch (error) {
    // After a failed evaluation the library's idea of the cache and the cache itself may differ.
    if (!listener.signal.aborted) await slot.sequence.clearHistory();
    throw error;
  } finally {
    const held = slot.sequence.nextTokenIndex;
    log.line(
      'I',
      'slot release',
      `${where} | stop processing: n_tokens = ${held}, truncated = ${isTruncated ? 1 : 0}`,
    );
    slots.release(slot);
  }
}

function place(slotId: number, taskId: number): string {
  return `id ${String(slotId).padStart(2)} | task ${taskId}`;
}

function describeChoice(choice: SlotChoice): string {
  if (choice.by === 'lru') return `selected slot by LRU, n_tokens = ${choice.cached}`;
  const similarity = choice.similarity.toFixed(3);
  return `selected slot by LCP similarity, f_sim_best = ${similarity} (> 0.100 thold), f_keep = ${choice.kept.toFixed(3)}`;
}
