/** Reads Linux's /proc: which processes live, in which group, and which carry a cookie in their environment. Elsewhere it knows nothing. */
import { readdirSync, readFileSync } from 'node:fs';

export interface ProcessRow {
  pid: number;
  parent: number;
  group: number;
  session: number;
  /** Clock ticks since boot: with the pid it names one process for good. */
  startTicks: number;
  /** Clock ticks of CPU time used, user and system. */
  cpuTicks: number;
  residentPages: number;
  isZombie: boolean;
}

export const hasProcessTable = process.platform === 'linux';

/** All processes that can be seen; empty where there is no /proc. */
export function readProcessTable(): ProcessRow[] {
  if (!hasProcessTable) return [];
  const rows: ProcessRow[] = [];
  for (const name of readdirSync('/proc')) {
    const row = /^\d+$/.test(name) ? readProcess(Number(name)) : null;
    if (row !== null) rows.push(row);
  }
  return rows;
}

/** One process, null when it is gone. Fields as in proc(5); the name in parentheses may hold anything, so the split is at the last one. */
export function readProcess(pid: number): ProcessRow | null {
  const stat = readProcFile(`/proc/${pid}/stat`);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const number = (index: number): number => Number(fields[index] ?? 0);
  return {
    pid,
    parent: number(1),
    group: number(2),
    session: number(3),
    startTicks: number(19),
    cpuTicks: number(11) + number(12),
    residentPages: number(21),
    isZombie: fields[0] === 'Z' || fields[0] === 'X',
  };
}

/** A process and everything below it, by the kernel's lists of children: far cheaper than the whole table. Empty when it is gone. */
export function readDescendants(pid: number): ProcessRow[] {
  const row = readProcess(pid);
  if (row === null) return [];
  return [row, ...childrenOf(pid).flatMap(readDescendants)];
}

/** Children belong to the thread that forked them. */
function childrenOf(pid: number): number[] {
  return readNames(`/proc/${pid}/task`).flatMap((thread) => {
    const list = readProcFile(`/proc/${pid}/task/${thread}/children`) ?? '';
    return list
      .split(' ')
      .filter((child) => child !== '')
      .map(Number);
  });
}

/** Whether the process was started with `NAME=value` in its environment. Another user's process answers false. */
export function carriesVariable(pid: number, assignment: string): boolean {
  const environment = readProcFile(`/proc/${pid}/environ`);
  return environment !== null && environment.split('\0').includes(assignment);
}

function readNames(path: string): string[] {
  try {
    return readdirSync(path);
  } catch {
    return [];
  }
}

function readProcFile(path: string): string | null {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return null;
  }
}
