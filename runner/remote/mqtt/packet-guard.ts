/** Ends a connection whose MQTT packets are longer than allowed, before they are in memory: the parser of the embedded broker would take 256 MB. */
import { Transform } from 'node:stream';
import type { TransformCallback } from 'node:stream';

/** Passes bytes on; destroys itself with an error at the header of a packet that is too long. */
export class PacketGuard extends Transform {
  readonly #maxBytes: number;
  readonly #maxFirst: number;
  #isFirst = true;
  /** Of the packet that is passing. */
  #left = 0;
  /** Of the length in the header: null while its first byte is awaited. */
  #length: { value: number; shift: number } | null = null;

  /** `maxFirst`: of the first packet, which comes from somebody who has not said the password yet. */
  constructor({ maxBytes, maxFirst }: { maxBytes: number; maxFirst: number }) {
    super();
    this.#maxBytes = maxBytes;
    this.#maxFirst = maxFirst;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, callback: TransformCallback): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const step = Math.min(this.#left, chunk.length - at);
        this.#left -= step;
        at += step;
        continue;
      }
      this.#header(chunk[at] ?? 0);
      at += 1;
      const most = this.#isFirst ? this.#maxFirst : this.#maxBytes;
      if (this.#left > most) return callback(new Error(`a packet is longer than ${most} bytes`));
      if (this.#length === null) this.#isFirst = false;
    }
    callback(null, chunk);
  }

  /** One byte of type and flags, then up to four of 7 bits each. */
  #header(byte: number): void {
    if (this.#length === null) {
      this.#length = { value: 0, shift: 0 };
      return;
    }
    const value = this.#length.value + (byte & 0x7f) * 2 ** this.#length.shift;
    if ((byte & 0x80) !== 0 && this.#length.shift < 21) {
      this.#length = { value, shift: this.#length.shift + 7 };
      return;
    }
    this.#left = value;
    this.#length = null;
  }
}
