/** Appends records to a log's segments, rotates and forgets old ones. There is one writer per log at a time; readers need no lock. */
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { formatHeader } from './cri-line.ts';
import type { StampedBatch } from './line-stamper.ts';
import { listSegments, segmentPath } from './segment-files.ts';
import type { Segment } from './segment-files.ts';

const NEWLINE = 10;

export interface SegmentLimits {
  segmentBytes: number;
  retentionBytes: number;
}

export const DEFAULT_LIMITS: SegmentLimits = {
  segmentBytes: 4 * 1024 * 1024,
  retentionBytes: 64 * 1024 * 1024,
};

export class SegmentWriter {
  readonly #dir: string;
  readonly #limits: SegmentLimits;
  #segments: Segment[] = [];
  #file: number | null = null;
  #droppedLines = 0;

  constructor(dir: string, limits: SegmentLimits = DEFAULT_LIMITS) {
    this.#dir = dir;
    this.#limits = limits;
  }

  /** The offset after the last whole line. */
  get end(): number {
    const last = this.#segments.at(-1);
    return last === undefined ? 0 : last.start + last.sizeBytes;
  }

  /**
   * Takes up the log where it ends; a line torn by a crash is closed, so that what follows starts a line of its own.
   * `untoldLines` were dropped by an earlier writer that found no room to say so.
   */
  open(untoldLines = 0): void {
    this.#droppedLines = untoldLines;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    this.#segments = listSegments(this.#dir);
    const last = this.#segments.at(-1);
    if (last === undefined || last.sizeBytes === 0) return;
    const file = openSync(last.path, 'r+');
    try {
      const tail = Buffer.alloc(1);
      readSync(file, tail, 0, 1, last.sizeBytes - 1);
      if (tail[0] !== NEWLINE) last.sizeBytes += writeSync(file, '\n', last.sizeBytes);
    } finally {
      closeSync(file);
    }
  }

  /** Never throws: what the disk does not take is counted, and told by a gap record as soon as it takes lines again. */
  append(batch: StampedBatch): void {
    if (batch.lines === 0) return;
    if (this.#droppedLines > 0 && !this.#writeGap()) {
      this.#droppedLines += batch.lines;
      return;
    }
    this.#droppedLines += this.#write(batch);
  }

  /** Appends a record of the keeper's own; `payload` becomes one line of JSON. It is no line of the child's: where it is dropped it is not counted. */
  record(payload: object): void {
    if (this.#droppedLines === 0 || this.#writeGap()) this.#write(recordBatch(payload));
  }

  /** Tries once more to tell of dropped lines, so that a child that fell silent on a full disk does not hide them. */
  settle(): void {
    if (this.#droppedLines > 0) this.#writeGap();
  }

  /** Lines that were dropped and have no gap record yet. */
  get untoldLines(): number {
    return this.#droppedLines;
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
  }

  #writeGap(): boolean {
    const lines = this.#droppedLines;
    if (this.#write(recordBatch({ event: 'gap', lines })) > 0) return false;
    this.#droppedLines = 0;
    return true;
  }

  /** Returns how many lines were not written: all whole lines that fit are kept, the rest of a half-written one is cut off again. */
  #write(batch: StampedBatch): number {
    let written = 0;
    try {
      const file = this.#currentFile();
      while (written < batch.bytes.length) written += writeSync(file, batch.bytes, written);
      this.#grow(written);
      return 0;
    } catch {
      const kept = written === 0 ? 0 : batch.bytes.lastIndexOf(NEWLINE, written - 1) + 1;
      this.#cutBack(kept);
      return batch.lines - countNewlines(batch.bytes.subarray(0, kept));
    }
  }

  #grow(bytes: number): void {
    const last = this.#segments.at(-1);
    if (last !== undefined) last.sizeBytes += bytes;
  }

  #cutBack(kept: number): void {
    this.#grow(kept);
    const last = this.#segments.at(-1);
    if (this.#file === null || last === undefined) return;
    try {
      if (fstatSync(this.#file).size > last.sizeBytes) ftruncateSync(this.#file, last.sizeBytes);
    } catch {
      // The next open() closes the torn line.
    }
  }

  #currentFile(): number {
    const last = this.#segments.at(-1);
    if (last !== undefined && last.sizeBytes < this.#limits.segmentBytes) {
      // Somebody may have removed the folder under us: writing on into an unlinked file would lose every line unseen.
      if (this.#file !== null && existsSync(last.path)) return this.#file;
      if (existsSync(last.path)) return (this.#file = openSync(last.path, 'a', 0o600));
    }
    this.close();
    const start = this.end;
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 });
    this.#file = openSync(segmentPath(this.#dir, start), 'a', 0o600);
    this.#segments.push({ path: segmentPath(this.#dir, start), start, sizeBytes: 0 });
    this.#forgetOldest();
    return this.#file;
  }

  #forgetOldest(): void {
    let total = this.#segments.reduce((sum, segment) => sum + segment.sizeBytes, this.#limits.segmentBytes);
    while (this.#segments.length > 1 && total > this.#limits.retentionBytes) {
      const oldest = this.#segments.shift();
      if (oldest === undefined) return;
      total -= oldest.sizeBytes;
      if (existsSync(oldest.path)) unlinkSync(oldest.path);
    }
  }
}

function recordBatch(payload: object): StampedBatch {
  const text = `${formatHeader(new Date().toISOString(), 'runner', false)}${JSON.stringify(payload)}\n`;
  return { bytes: Buffer.from(text), lines: 1 };
}

function countNewlines(bytes: Buffer): number {
  let count = 0;
  for (let at = bytes.indexOf(NEWLINE); at !== -1; at = bytes.indexOf(NEWLINE, at + 1)) count += 1;
  return count;
}
