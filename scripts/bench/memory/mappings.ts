/** What the resident memory of a process consists of, by kind of mapping (proc(5): smaps). */
import { readFileSync } from 'node:fs';

/** Name of the kind and its resident bytes, the largest first. */
export function residentByMapping(pid: number): [string, number][] {
  const sums = new Map<string, number>();
  let kind = '';
  for (const line of readFileSync(`/proc/${pid}/smaps`, 'utf8').split('\n')) {
    const mapping = /^[0-9a-f]+-[0-9a-f]+ (?<rights>\S+) \S+ \S+ \d+ *(?<path>.*)$/.exec(line)?.groups;
    if (mapping !== undefined) kind = kindOf(mapping['path'] ?? '', mapping['rights'] ?? '');
    const [, kilobytes] = /^Rss: +(\d+) kB/.exec(line) ?? [];
    if (kilobytes !== undefined) sums.set(kind, (sums.get(kind) ?? 0) + Number(kilobytes) * 1024);
  }
  return [...sums].toSorted(([, a], [, b]) => b - a);
}

function kindOf(path: string, rights: string): string {
  if (path === '[heap]') return "malloc's heap";
  if (path.endsWith('/node')) return 'the node program (shared by all Node processes)';
  if (path.startsWith('/')) return 'libraries and other files';
  return rights.includes('x') ? 'compiled code' : 'V8 heap, buffers, other anonymous memory';
}
