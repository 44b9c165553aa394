/** Processor, memory and GPUs of this machine, as far as this process may use them. */
import { availableParallelism, cpus, freemem, totalmem } from 'node:os';
import type { SystemResponse } from '#contract/system';

type Gpus = SystemResponse['gpus'];

export interface SystemFactsParts {
  nowMs: () => number;
  /** Asks the drivers, which may take seconds; may reject. */
  loadGpus: () => Promise<Gpus>;
}

const GPU_CACHE_MS = 30_000;
const GPU_TIMEOUT_MS = 5_000;
/** Shorter than this the counters of the processor say nothing. */
const MIN_LOAD_SPAN_MS = 200;

export class SystemFacts {
  readonly #parts: SystemFactsParts;
  #gpus: { at: number; gpus: Promise<Gpus> } | null = null;
  #busy: { at: number; busyMs: number; totalMs: number };
  #loadPercent: number | null = null;

  constructor(parts: SystemFactsParts) {
    this.#parts = parts;
    this.#busy = { at: parts.nowMs(), ...processorTimes() };
  }

  /** `loadPercent` is the mean since the call before; null at a first call that comes at once. */
  cpu(): SystemResponse['cpu'] {
    const now = { at: this.#parts.nowMs(), ...processorTimes() };
    if (now.at - this.#busy.at >= MIN_LOAD_SPAN_MS && now.totalMs > this.#busy.totalMs) {
      this.#loadPercent = Math.round(
        (100 * (now.busyMs - this.#busy.busyMs)) / (now.totalMs - this.#busy.totalMs),
      );
      this.#busy = now;
    }
    return {
      name: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      loadPercent: this.#loadPercent,
    };
  }

  /** In a container the limit of its group counts, not the memory of the machine. */
  memory(): SystemResponse['memory'] {
    const limit = process.constrainedMemory();
    const totalBytes = limit > 0 ? Math.min(limit, totalmem()) : totalmem();
    return { totalBytes, availableBytes: Math.min(totalBytes, freemem(), process.availableMemory()) };
  }

  /** Empty when the drivers do not answer within 5 s; asked again after 30 s at the earliest. */
  gpus(): Promise<Gpus> {
    const at = this.#parts.nowMs();
    if (this.#gpus === null || at - this.#gpus.at >= GPU_CACHE_MS)
      this.#gpus = { at, gpus: inTime(this.#parts.loadGpus()) };
    return this.#gpus.gpus;
  }
}

async function inTime(loading: Promise<Gpus>): Promise<Gpus> {
  const { promise, resolve } = Promise.withResolvers<Gpus>();
  const timer = setTimeout(() => resolve([]), GPU_TIMEOUT_MS);
  loading.then(resolve, () => resolve([]));
  const gpus = await promise;
  clearTimeout(timer);
  return gpus;
}

function processorTimes(): { busyMs: number; totalMs: number } {
  const times = cpus().map((core) => core.times);
  const totalMs = times.reduce(
    (sum, { user, nice, sys, idle, irq }) => sum + user + nice + sys + idle + irq,
    0,
  );
  return { totalMs, busyMs: totalMs - times.reduce((sum, { idle }) => sum + idle, 0) };
}
