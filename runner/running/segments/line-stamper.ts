/** Cuts one output stream of a child into stamped log records. Holds an unfinished line until its end comes or `flush` is called. */
import { formatHeader, MAX_TEXT_BYTES } from './cri-line.ts';

const NEWLINE = 10;
const CARRIAGE_RETURN = 13;

/** Valid until the next batch is made by the same stamper: one buffer serves them all. */
export interface StampedBatch {
  bytes: Buffer;
  lines: number;
}

/** The largest cut at or below `limit` that does not split a UTF-8 character; `limit` itself where the bytes are not UTF-8. */
function characterBoundary(bytes: Uint8Array, limit: number): number {
  for (let cut = limit; cut > limit - 4 && cut > 0; cut -= 1) {
    const byte = bytes[cut];
    if (byte === undefined || (byte & 0xc0) !== 0x80) return cut;
  }
  return limit;
}

export class LineStamper {
  readonly #stream: 'stdout' | 'stderr';
  readonly #pieces = new Pieces();
  #held: Buffer = Buffer.alloc(0);
  #hasOpenPart = false;

  constructor(stream: 'stdout' | 'stderr') {
    this.#stream = stream;
  }

  /** Bytes of an unfinished line are being held. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  /** Stamps the complete lines of what came; `at` is the ISO time that all of them carry. */
  stamp(chunk: Buffer, at: string): StampedBatch {
    const input = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const pieces = this.#pieces.begin(at, this.#stream);
    let start = 0;
    let end = input.indexOf(NEWLINE, this.#held.length);
    for (; end !== -1; end = input.indexOf(NEWLINE, start)) {
      const textEnd = end > start && input[end - 1] === CARRIAGE_RETURN ? end - 1 : end;
      start = pieces.addParts(input, start, textEnd);
      pieces.add(input, { start, end: textEnd, isPartial: false });
      start = end + 1;
      this.#hasOpenPart = false;
    }
    const beforeParts = start;
    start = pieces.addParts(input, start, input.length);
    if (start > beforeParts) this.#hasOpenPart = true;
    this.#held = Buffer.from(input.subarray(start));
    return pieces.batch();
  }

  /** What is held becomes a record: a part when the line may go on (a prompt, a row of dots), else the whole last line. */
  flush(at: string, mayGoOn: boolean): StampedBatch {
    const pieces = this.#pieces.begin(at, this.#stream);
    const cut = mayGoOn ? completeCharacters(this.#held) : this.#held.length;
    if (cut > 0 || (!mayGoOn && this.#hasOpenPart))
      pieces.add(this.#held, { start: 0, end: cut, isPartial: mayGoOn });
    this.#held = Buffer.from(this.#held.subarray(cut));
    this.#hasOpenPart = mayGoOn && (this.#hasOpenPart || cut > 0);
    return pieces.batch();
  }
}

/** How many leading bytes are free of a character whose rest is still to come. */
function completeCharacters(bytes: Buffer): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if ((byte & 0xc0) === 0x80) continue;
    const need = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1;
    return need > back ? bytes.length - back : bytes.length;
  }
  return bytes.length;
}

/** Collects records in one buffer that grows to what is needed: one write to the file for one read from the pipe. */
class Pieces {
  #full: Buffer = Buffer.alloc(0);
  #partial: Buffer = Buffer.alloc(0);
  #out = Buffer.alloc(4 * 1024);
  #length = 0;
  #lines = 0;

  begin(at: string, stream: 'stdout' | 'stderr'): this {
    this.#full = Buffer.from(formatHeader(at, stream, false), 'latin1');
    this.#partial = Buffer.from(formatHeader(at, stream, true), 'latin1');
    this.#length = 0;
    this.#lines = 0;
    return this;
  }

  /** Cuts parts off a text that is too long; returns where the rest begins. */
  addParts(input: Buffer, from: number, end: number): number {
    let start = from;
    while (end - start > MAX_TEXT_BYTES) {
      const cut = start + characterBoundary(input.subarray(start, end), MAX_TEXT_BYTES);
      this.add(input, { start, end: cut, isPartial: true });
      start = cut;
    }
    return start;
  }

  add(input: Buffer, part: { start: number; end: number; isPartial: boolean }): void {
    const header = part.isPartial ? this.#partial : this.#full;
    const need = header.length + part.end - part.start + 1;
    if (this.#length + need > this.#out.length) this.#grow(need);
    this.#length += header.copy(this.#out, this.#length);
    this.#length += input.copy(this.#out, this.#length, part.start, part.end);
    this.#out[this.#length] = NEWLINE;
    this.#length += 1;
    this.#lines += 1;
  }

  batch(): StampedBatch {
    return { bytes: this.#out.subarray(0, this.#length), lines: this.#lines };
  }

  #grow(need: number): void {
    const larger = Buffer.alloc(Math.max(this.#out.length * 2, this.#length + need));
    this.#out.copy(larger, 0, 0, this.#length);
    this.#out = larger;
  }
}
