/** What a viewer has seen, over as many connections as it took: lines by process, gaps, and the id to go on from. */
import type { Gap, LogEntry } from '#contract/log';
import { readStream } from './read-stream.ts';
import type { StreamEvent } from './read-stream.ts';

export class SeenLog {
  readonly #lines = new Map<string, string[]>();
  readonly #parts = new Map<string, string>();
  readonly gaps: { id: string; gap: Gap; afterLines: number }[] = [];
  readonly #single: string | null;
  #lastEventId: string | null = null;

  /** `single`: the process of a stream of one; null for the stream of all. */
  constructor(single: string | null) {
    this.#single = single;
  }

  linesOf(id: string): string[] {
    const known = this.#lines.get(id) ?? [];
    this.#lines.set(id, known);
    return known;
  }

  take({ event, data, id }: StreamEvent): void {
    if (id !== undefined) this.#lastEventId = id;
    if (event === 'lines')
      for (const entry of data['entries'] as LogEntry[]) this.#entry(String(data['id']), entry);
    if (this.#single === null) return;
    if (event === 'message')
      this.#line(this.#single, { line: String(data['line']), isPartial: data['partial'] === true });
    if (event === 'gap') this.#gap(this.#single, data as unknown as Gap);
  }

  /** One connection from where the last one ended, read until it ends or `isEnough`. */
  async readOn(url: string, options: { isEnough: () => boolean; cutAfterBytes?: number }): Promise<void> {
    const headers: Record<string, string> =
      this.#lastEventId === null ? {} : { 'last-event-id': this.#lastEventId };
    const reader = await readStream(url, {
      headers,
      ...(options.cutAfterBytes === undefined ? {} : { cutAfterBytes: options.cutAfterBytes }),
    });
    try {
      for await (const event of reader) {
        this.take(event);
        if (options.isEnough()) return;
      }
    } finally {
      reader.close();
    }
  }

  #entry(id: string, entry: LogEntry): void {
    if ('line' in entry) this.#line(id, { line: entry.line, isPartial: entry.partial === true });
    if ('gap' in entry) this.#gap(id, entry.gap);
  }

  /** On a machine under load even a short line may come in parts. */
  #line(id: string, { line, isPartial }: { line: string; isPartial: boolean }): void {
    const whole = (this.#parts.get(id) ?? '') + line;
    this.#parts.set(id, isPartial ? whole : '');
    if (!isPartial) this.linesOf(id).push(whole);
  }

  #gap(id: string, gap: Gap): void {
    this.#parts.set(id, '');
    this.gaps.push({ id, gap, afterLines: this.linesOf(id).length });
  }
}

/** The number that testing/children/chatty.mjs gave the line. */
export function numberOf(line: string): number {
  return Number(/^line (\d+)/.exec(line)?.[1] ?? Number.NaN);
}

/** Empty where the lines are exactly those of chatty, 0 to `count` - 1, each once and in order; else the first difference. */
export function differenceFromChatty(lines: readonly string[], count: number): string {
  const wrong = lines.findIndex((line, index) => numberOf(line) !== index);
  if (wrong !== -1)
    return `line ${wrong} is "${lines[wrong]?.slice(0, 40) ?? ''}" after "${lines[wrong - 1]?.slice(0, 40) ?? ''}"`;
  return lines.length === count ? '' : `${lines.length} lines instead of ${count}`;
}
