/** Frames log entries as SSE text: one event per entry for a single process's stream, one event per batch for the stream of all. Pure. */
import type { LogEntry } from '#contract/log';

/** One event per entry; its id is the offset to resume from. Built by hand: this is the hot path of every viewer. */
export function frameEach(entries: readonly LogEntry[]): Buffer {
  let text = '';
  for (const entry of entries) {
    if ('line' in entry) {
      const partial = entry.partial === true ? ',"partial":true' : '';
      text += `id: ${entry.offset}\ndata: {"line":${JSON.stringify(entry.line)},"at":"${entry.at}","stream":"${entry.stream}"${partial}}\n\n`;
    } else if ('run' in entry) {
      text += `id: ${entry.offset}\nevent: run\ndata: ${JSON.stringify({ at: entry.at, run: entry.run })}\n\n`;
    } else {
      text += `id: ${entry.offset}\nevent: gap\ndata: ${JSON.stringify(entry.gap)}\n\n`;
    }
  }
  return Buffer.from(text);
}

/** The whole batch as one event, all but its id: that is the viewer's own cursor, which completes the event. */
export function frameBatch(id: string, entries: readonly LogEntry[]): Buffer {
  return Buffer.from(`event: lines\ndata: ${JSON.stringify({ id, entries })}\n`);
}
