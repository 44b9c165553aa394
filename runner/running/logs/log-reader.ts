/** Reads whole lines of a process's log from any offset, over segments that grow, rotate and vanish meanwhile. Holds no position of its own. */
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import type { Gap } from '#contract/log';
import { systemCodeOf } from '../../base/errors.ts';
import { HEADER_BYTES, MAX_TEXT_BYTES } from '../segments/cri-line.ts';
import { listSegments } from '../segments/segment-files.ts';
import type { Segment } from '../segments/segment-files.ts';

const NEWLINE = 10;
/** No record of ours is longer (records of the keeper hold a command line): what is longer is not a record. */
const MAX_RECORD_BYTES = 4 * (HEADER_BYTES + MAX_TEXT_BYTES);

/** Either lines (`bytes`, whole lines) or a hole (`gap`); in both cases reading goes on at `to`. */
export interface LogPiece {
  from: number;
  to: number;
  bytes: Buffer;
  gap: Gap | null;
}

export class LogReader {
  readonly #dir: string;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** First kept and next offset. */
  bounds(): { start: number; end: number } {
    const segments = listSegments(this.#dir);
    const last = segments.at(-1);
    return { start: segments[0]?.start ?? 0, end: last === undefined ? 0 : last.start + last.sizeBytes };
  }

  /** The next piece at `from`, at most `maxBytes` long (a longer line comes whole); null at the end. Never crosses a segment. */
  async read(from: number, maxBytes: number): Promise<LogPiece | null> {
    const segments = listSegments(this.#dir);
    const segment = segments.find((candidate) => from < candidate.start + candidate.sizeBytes);
    if (segment === undefined) return null;
    if (from < segment.start) {
      const isFirst = segment === segments[0];
      return hole(from, segment.start, isFirst ? 'retention' : 'corrupt');
    }
    const isLast = segment === segments.at(-1);
    return this.#readSegment(segment, { from, maxBytes, isLast });
  }

  /** The offset where the last `lines` lines before `before` (default: the end) begin. */
  async tail(lines: number, before?: number): Promise<number> {
    const { start, end } = this.bounds();
    let found = 0;
    for (let to = Math.min(before ?? end, end); to > start;) {
      const from = Math.max(start, to - 64 * 1024);
      const bytes = await this.raw(from, to);
      if (bytes.length < to - from) return to;
      for (
        let at = bytes.lastIndexOf(NEWLINE);
        at !== -1;
        at = at === 0 ? -1 : bytes.lastIndexOf(NEWLINE, at - 1)
      ) {
        found += 1;
        if (found > lines) return from + at + 1;
      }
      to = from;
    }
    return start;
  }

  /** `offset` itself where a line begins there, else the begin of the next line: for offsets that came from outside. */
  async align(offset: number): Promise<number> {
    const { start, end } = this.bounds();
    if (offset <= start || offset >= end) return Math.min(Math.max(offset, 0), end);
    const bytes = await this.raw(offset - 1, Math.min(end, offset + MAX_RECORD_BYTES));
    const newline = bytes.indexOf(NEWLINE);
    return newline === -1 ? offset : offset + newline;
  }

  async #readSegment(
    segment: Segment,
    want: { from: number; maxBytes: number; isLast: boolean },
  ): Promise<LogPiece | null> {
    const { from, isLast } = want;
    const available = segment.start + segment.sizeBytes - from;
    const bytes = await this.#readFile(segment, from, Math.min(available, want.maxBytes));
    if (bytes === null) return hole(from, segment.start + segment.sizeBytes, 'retention');
    const end = bytes.lastIndexOf(NEWLINE) + 1;
    if (end > 0) return { from, to: from + end, bytes: bytes.subarray(0, end), gap: null };
    if (bytes.length < available && want.maxBytes < MAX_RECORD_BYTES)
      return this.#readSegment(segment, { ...want, maxBytes: MAX_RECORD_BYTES });
    // No newline far and wide: at the live end a line is being written, anywhere else these bytes are damage.
    if (isLast && bytes.length < MAX_RECORD_BYTES) return null;
    return hole(from, from + bytes.length, 'corrupt');
  }

  /** The bytes as they are on disk, a missing segment in the middle as empty lines. Empty where retention has taken `from`; else as long as asked for. */
  async raw(from: number, to: number): Promise<Buffer> {
    const parts: Buffer[] = [];
    let at = from;
    for (const [index, segment] of listSegments(this.#dir).entries()) {
      const begin = Math.max(at, segment.start);
      const end = Math.min(to, segment.start + segment.sizeBytes);
      if (end <= begin) continue;
      if (begin > at && index === 0) return Buffer.alloc(0);
      const bytes = await this.#readFile(segment, begin, end - begin);
      if (bytes === null) return Buffer.concat(parts);
      parts.push(Buffer.alloc(begin - at, NEWLINE), bytes);
      at = begin + bytes.length;
    }
    return Buffer.concat(parts);
  }

  /** null when the segment has been removed meanwhile. */
  async #readFile(segment: Segment, from: number, length: number): Promise<Buffer | null> {
    let file: FileHandle | null = null;
    try {
      file = await open(segment.path, 'r');
      const buffer = Buffer.allocUnsafe(length);
      const { bytesRead } = await file.read(buffer, 0, length, from - segment.start);
      return buffer.subarray(0, bytesRead);
    } catch (error) {
      if (systemCodeOf(error) === 'ENOENT') return null;
      throw error;
    } finally {
      await file?.close();
    }
  }
}

function hole(from: number, to: number, reason: Gap['reason']): LogPiece {
  return { from, to, bytes: Buffer.alloc(0), gap: { from, to, reason } };
}
