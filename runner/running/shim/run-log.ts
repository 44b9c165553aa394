/** Joins a child's two output streams to the log: stamps, appends, and tells when the log grew. */
import type { Readable } from 'node:stream';
import { LineStamper } from '../segments/line-stamper.ts';
import { SegmentWriter } from '../segments/segment-writer.ts';
import type { SegmentLimits } from '../segments/segment-writer.ts';

/** An unfinished line older than this is shown as it is: a prompt waits for an answer, dots tell of progress. */
const SHOW_UNFINISHED_AFTER_MS = 500;

export class RunLog {
  readonly #writer: SegmentWriter;
  readonly #onGrow: (end: number) => void;
  readonly #sources: { stamper: LineStamper; heldSince: number }[] = [];
  #timer: NodeJS.Timeout | null = null;

  constructor(options: { dir: string; limits: SegmentLimits; onGrow: (end: number) => void }) {
    this.#writer = new SegmentWriter(options.dir, options.limits);
    this.#onGrow = options.onGrow;
  }

  get end(): number {
    return this.#writer.end;
  }

  open(untoldLines: number): void {
    this.#writer.open(untoldLines);
  }

  get untoldLines(): number {
    return this.#writer.untoldLines;
  }

  record(payload: object): void {
    this.#writer.record(payload);
    this.#onGrow(this.#writer.end);
  }

  follow(source: Readable, stream: 'stdout' | 'stderr'): void {
    const stamper = new LineStamper(stream);
    const state = { stamper, heldSince: 0 };
    this.#sources.push(state);
    source.on('data', (chunk: Buffer) => {
      const wasHolding = stamper.isHolding;
      const batch = stamper.stamp(chunk, new Date().toISOString());
      this.#writer.append(batch);
      // In a flood nearly every chunk ends within a line, and the next one ends it: that line is a new one each time.
      if (!wasHolding || batch.lines > 0) state.heldSince = performance.now();
      this.#onGrow(this.#writer.end);
      if (stamper.isHolding || this.#writer.untoldLines > 0) this.#settleLater();
    });
    // A pipe that breaks has said all it will say; the child's exit tells the rest.
    source.on('error', () => undefined);
  }

  /** Writes what is still held: the run is over. */
  finish(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#flush({ mayGoOn: false });
  }

  close(): void {
    this.#writer.close();
  }

  #settleLater(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      this.#writer.settle();
      this.#flush({ mayGoOn: true });
      if (this.#writer.untoldLines > 0 || this.#sources.some(({ stamper }) => stamper.isHolding))
        this.#settleLater();
    }, SHOW_UNFINISHED_AFTER_MS);
  }

  #flush({ mayGoOn }: { mayGoOn: boolean }): void {
    const shownBefore = mayGoOn ? performance.now() - SHOW_UNFINISHED_AFTER_MS : Infinity;
    for (const { stamper, heldSince } of this.#sources) {
      if (heldSince <= shownBefore) this.#writer.append(stamper.flush(new Date().toISOString(), mayGoOn));
    }
    this.#onGrow(this.#writer.end);
  }
}
