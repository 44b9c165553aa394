/** Memory and CPU time of a process, read from /proc (Linux). */
import { readFileSync, writeFileSync } from 'node:fs';

export interface ProcessFigures {
  residentBytes: number;
  /** The highest since the start, or since `resetPeak`. */
  peakBytes: number;
  privateBytes: number;
  cpuMs: number;
}

export function processFigures(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const bytes = (name: string): number =>
    Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    residentBytes: bytes('VmRSS'),
    peakBytes: bytes('VmHWM'),
    privateBytes: bytes('RssAnon'),
    // utime and stime, in ticks of 10 ms.
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
  };
}

/** Sets the peak to what is resident now (proc(5): clear_refs). */
export function resetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
