/** What the benchmarks share: child programs that talk in lines, figures of a process, a table. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export interface Program {
  child: ChildProcess;
  /** The next line it prints. */
  line: () => Promise<string>;
  end: () => Promise<void>;
}

export function startProgram(file: string, args: readonly string[]): Program {
  const child = spawn(process.execPath, [join(import.meta.dirname, file), ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return {
    child,
    line: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error(`${file} ended without an answer`);
      return value;
    },
    end: async () => {
      child.kill('SIGKILL');
      await gone;
    },
  };
}

export interface ProcessFigures {
  residentBytes: number;
  /** The most since the start, or since `forgetPeak`. */
  peakBytes: number;
  privateBytes: number;
  cpuMs: number;
}

/** Memory in bytes and CPU time in ms of a process (Linux). */
export function figuresOf(pid: number): ProcessFigures {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const kilobytes = (name: string): number => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0);
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return {
    residentBytes: kilobytes('VmRSS') * 1024,
    peakBytes: kilobytes('VmHWM') * 1024,
    privateBytes: kilobytes('RssAnon') * 1024,
    cpuMs: (Number(fields[11]) + Number(fields[12])) * 10,
  };
}

/** Lets `peakBytes` begin anew (proc(5): clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

/** Runs `use` with a stack that is told how to end what it starts. All of that is ended when it is done, when it fails, and at Ctrl-C. */
export async function withEndings(use: (endings: AsyncDisposableStack) => Promise<void>): Promise<void> {
  const endings = new AsyncDisposableStack();
  let isInterrupted = false;
  const interrupt = (): void => {
    isInterrupted = true;
    void endings.disposeAsync().finally(() => process.exit(130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  try {
    await use(endings);
  } catch (error) {
    // What is ended under its hands fails: that is no news.
    if (isInterrupted) await new Promise(() => undefined);
    throw error;
  } finally {
    await endings.disposeAsync();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}

/** A temporary folder that is removed when `use` is done. */
export async function withFolder<Result>(use: (dir: string) => Promise<Result>): Promise<Result> {
  const dir = mkdtempSync(join(tmpdir(), 'llm-bench-'));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  }
}

export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const print = (cells: readonly string[]): void =>
    console.log(`| ${cells.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`);
  print(head);
  console.log(`|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
  for (const row of rows) print(row);
}

/** `values` in any order; `part` from 0 to 1. NaN of none. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * part)] ?? NaN;
}

export async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

export const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(1)} MB`;
