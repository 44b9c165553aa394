/** The text of one log record: CRI logging format with fixed-width fields, so that header and text split at a known byte. Knows nothing of files. */

/** "runner" marks the keeper's own records (a run began, lines are missing); a child can only ever produce the other two. */
export type RecordStream = 'stdout' | 'stderr' | 'runner';

/** `2026-01-31T12:00:00.000Z stdout F ` : 24 + 1 + 6 + 1 + 1 + 1 bytes. */
export const HEADER_BYTES = 34;

/** Texts above this are cut into parts marked P. */
export const MAX_TEXT_BYTES = 16 * 1024;

export function formatHeader(at: string, stream: RecordStream, isPartial: boolean): string {
  return `${at} ${stream} ${isPartial ? 'P' : 'F'} `;
}

export interface ParsedRecord {
  at: string;
  stream: RecordStream;
  isPartial: boolean;
  text: string;
}

/** Parses a record without its newline; null when it is not one (a torn or damaged line). */
export function parseRecord(record: string): ParsedRecord | null {
  if (
    record.length < HEADER_BYTES ||
    record[23] !== 'Z' ||
    record[10] !== 'T' ||
    record[24] !== ' ' ||
    record[33] !== ' '
  )
    return null;
  const stream = record.slice(25, 31);
  if (stream !== 'stdout' && stream !== 'stderr' && stream !== 'runner') return null;
  const tag = record[32];
  if (tag !== 'F' && tag !== 'P') return null;
  return { at: record.slice(0, 24), stream, isPartial: tag === 'P', text: record.slice(HEADER_BYTES) };
}
