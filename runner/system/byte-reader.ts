/** Reads a file from its start in small steps, keeping one piece of it in memory. What the bytes mean is the caller's business. */
import type { FileHandle } from 'node:fs/promises';

const PIECE_BYTES = 256 * 1024;

/** Asking for more than the file or the limit has throws RangeError. */
export class ByteReader {
  readonly #file: FileHandle;
  readonly #endBytes: number;
  #piece: DataView = new DataView(new ArrayBuffer(0));
  #pieceStart = 0;
  /** Bytes from the start of the file to the next one read. */
  position = 0;
  isLittleEndian = true;

  constructor(file: FileHandle, endBytes: number) {
    this.#file = file;
    this.#endBytes = endBytes;
  }

  async uint8(): Promise<number> {
    const at = await this.#take(1);
    return this.#piece.getUint8(at);
  }

  async uint32(): Promise<number> {
    const at = await this.#take(4);
    return this.#piece.getUint32(at, this.isLittleEndian);
  }

  /** As a number: exact to 2^53, far above every count and size in a file. */
  async uint64(): Promise<number> {
    const at = await this.#take(8);
    return Number(this.#piece.getBigUint64(at, this.isLittleEndian));
  }

  async text(byteLength: number): Promise<string> {
    const at = await this.#take(byteLength);
    return new TextDecoder().decode(
      new Uint8Array(this.#piece.buffer, this.#piece.byteOffset + at, byteLength),
    );
  }

  skip(byteLength: number): void {
    this.#mustHave(byteLength);
    this.position += byteLength;
  }

  /** Skips `count` texts, each of them a 64-bit length and its bytes. Reading the lengths of 300,000 takes no promise each. */
  async skipTexts(count: number): Promise<void> {
    for (let left = count; left > 0; left -= 1) {
      const known = this.#offsetInPiece(8);
      const length =
        known === null ? await this.uint64() : Number(this.#piece.getBigUint64(known, this.isLittleEndian));
      this.skip(length + (known === null ? 0 : 8));
    }
  }

  /** Offset of the next bytes in the piece, which is read anew where it has not got them. */
  async #take(byteLength: number): Promise<number> {
    const at = this.#offsetInPiece(byteLength) ?? (await this.#readPiece(byteLength));
    this.position += byteLength;
    return at;
  }

  #offsetInPiece(byteLength: number): number | null {
    const at = this.position - this.#pieceStart;
    return at >= 0 && at + byteLength <= this.#piece.byteLength ? at : null;
  }

  async #readPiece(byteLength: number): Promise<number> {
    this.#mustHave(byteLength);
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(Math.max(PIECE_BYTES, byteLength)), {
      position: this.position,
    });
    this.#piece = new DataView(buffer.buffer, buffer.byteOffset, bytesRead);
    this.#pieceStart = this.position;
    if (bytesRead < byteLength) throw new RangeError('The file ended.');
    return 0;
  }

  #mustHave(byteLength: number): void {
    if (this.position + byteLength > this.#endBytes) throw new RangeError('The file ended.');
  }
}
