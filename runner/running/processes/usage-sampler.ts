/** Measures CPU and memory of runs, summed over the child and everything below it. Linux only: elsewhere nothing is measured. */
import { availableParallelism } from 'node:os';
import { hasProcessTable, readDescendants, readProcessTable } from '../os/process-table.ts';
import type { ProcessRow } from '../os/process-table.ts';

/** USER_HZ and the page size are these on every Linux that Node supports, but for 16 KiB and 64 KiB pages on some ARM kernels. */
const TICKS_PER_SECOND = 100;
const PAGE_BYTES = 4096;

export interface Usage {
  cpuPercent: number | null;
  memoryBytes: number | null;
}

interface Sample {
  cpuTicks: number;
  at: number;
}

export class UsageSampler {
  #last = new Map<string, Sample>();

  /** Usage by process id. CPU is the mean since the last call, of one core; null at the first look at a run. */
  sample(runs: ReadonlyMap<string, { pid: number; key: string }>): Map<string, Usage> {
    const usage = new Map<string, Usage>();
    const samples = new Map<string, Sample>();
    for (const [id, { pid, key }] of runs) {
      const rows = rowsOfRun(pid);
      if (rows.length === 0) continue;
      const sample = { cpuTicks: sum(rows, (row) => row.cpuTicks), at: performance.now() };
      const before = this.#last.get(key);
      samples.set(key, sample);
      usage.set(id, {
        cpuPercent: before === undefined ? null : percentBetween(before, sample),
        memoryBytes: sum(rows, (row) => row.residentPages) * PAGE_BYTES,
      });
    }
    this.#last = samples;
    return usage;
  }
}

/** Once the child is gone, what it left behind is still found by the session that it led (setsid). */
function rowsOfRun(pid: number): ProcessRow[] {
  if (!hasProcessTable) return [];
  const below = readDescendants(pid).filter((row) => !row.isZombie);
  return below.length > 0 ? below : readProcessTable().filter((row) => row.session === pid && !row.isZombie);
}

function percentBetween(before: Sample, now: Sample): number {
  const seconds = (now.at - before.at) / 1000;
  const percent = seconds <= 0 ? 0 : ((now.cpuTicks - before.cpuTicks) / TICKS_PER_SECOND / seconds) * 100;
  return Math.round(Math.min(Math.max(percent, 0), availableParallelism() * 100) * 10) / 10;
}

function sum(rows: readonly ProcessRow[], value: (row: ProcessRow) => number): number {
  return rows.reduce((total, row) => total + value(row), 0);
}
