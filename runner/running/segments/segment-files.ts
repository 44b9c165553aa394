/** Names and order of a log's segment files: `<start offset, 16 digits>.log`. Reads the folder, never a file's content. */
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { systemCodeOf } from '../../base/errors.ts';

export interface Segment {
  path: string;
  start: number;
  sizeBytes: number;
}

export function segmentPath(dir: string, start: number): string {
  return join(dir, `${String(start).padStart(16, '0')}.log`);
}

/** The segments in order of their offsets; other files are left alone, a missing folder is an empty log. */
export function listSegments(dir: string): Segment[] {
  const segments: Segment[] = [];
  for (const name of readNames(dir).toSorted()) {
    if (!/^\d{16}\.log$/.test(name)) continue;
    const path = join(dir, name);
    const stat = statSync(path, { throwIfNoEntry: false });
    if (stat?.isFile() === true)
      segments.push({ path, start: Number(name.slice(0, 16)), sizeBytes: stat.size });
  }
  return segments;
}

/** The offset after the last byte of the log; 0 where there is none, or none that can be looked at. */
export function endOfLog(dir: string): number {
  try {
    const last = listSegments(dir).at(-1);
    return last === undefined ? 0 : last.start + last.sizeBytes;
  } catch {
    return 0;
  }
}

function readNames(dir: string): string[] {
  try {
    return readdirSync(dir);
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT' || systemCodeOf(error) === 'ENOTDIR') return [];
    throw error;
  }
}
