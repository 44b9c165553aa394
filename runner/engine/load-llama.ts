/** Opens llama.cpp (prebuilt, CPU) with thread counts that do not collapse, and lets it speak through the engine's log. */
import { availableParallelism } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import type { EngineLog, LogLevel } from './engine-log.ts';

const levels: Readonly<Record<string, LogLevel>> = { fatal: 'E', error: 'E', warn: 'W' };

export async function loadLlama(threads: number, log: EngineLog): Promise<Llama> {
  const { getLlama, LlamaLogLevel } = await import('node-llama-cpp');
  return getLlama({
    build: 'never',
    gpu: false,
    progressLogs: false,
    maxThreads: threads,
    logLevel: LlamaLogLevel.warn,
    logger: (level, message) => {
      for (const text of message.split('\n')) {
        if (text.trim() !== '') log.raw(levels[level] ?? 'I', text);
      }
    },
  });
}

/** One core stays free: the prebuilt threads spin, and as many as cores are ten times slower than one fewer. */
export function resolveThreads(requested: number, cores = availableParallelism()): number {
  const most = Math.max(1, cores - 1);
  return requested <= 0 ? most : Math.min(requested, most);
}
