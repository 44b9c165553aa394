/** The feeds of all processes, and the ways to read one: from an offset on, page by page, or watching for a text. */
import { join } from 'node:path';
import type { LogEntry } from '#contract/log';
import { BlockCache } from './block-cache.ts';
import type { Block } from './block.ts';
import { LogFeed } from './log-feed.ts';
import { LogReader } from './log-reader.ts';

const CACHE_BYTES = 16 * 1024 * 1024;
/** How far back a watcher looks for the begin of the run it watches. */
const WATCH_TAIL_LINES = 2_000;

export class LogHub {
  readonly #processesDir: string;
  readonly #cache = new BlockCache(CACHE_BYTES);
  readonly #feeds = new Map<string, LogFeed>();

  constructor(dataDir: string) {
    this.#processesDir = join(dataDir, 'processes');
  }

  logDir(id: string): string {
    return join(this.#processesDir, id, 'log');
  }

  feed(id: string): LogFeed {
    const known = this.#feeds.get(id);
    if (known !== undefined) return known;
    const feed = new LogFeed(id, new LogReader(this.logDir(id)), this.#cache);
    this.#feeds.set(id, feed);
    return feed;
  }

  announce(id: string, end: number): void {
    this.feed(id).announce(end);
  }

  forget(id: string): void {
    this.#feeds.delete(id);
    this.#cache.forget(`${id}:`);
  }

  /** Blocks from `from` on, for ever: waits at the live end until `signal` is aborted. */
  async *follow(id: string, from: number, signal: AbortSignal): AsyncGenerator<Block> {
    const feed = this.feed(id);
    let position = from;
    while (!signal.aborted) {
      const block = await feed.block(position);
      if (block === null) {
        await feed.more(position, signal);
        continue;
      }
      position = block.to;
      yield block;
    }
  }

  /** Calls back with the text of every line of one run, those already written included. Returns its undo. */
  watchLines(target: { id: string; run: number }, onText: (text: string) => void): () => void {
    const watching = new AbortController();
    // A log that cannot be read has no lines to tell of; that must not end the runner.
    this.#watch(target, { onText, signal: watching.signal }).catch(() => undefined);
    return () => watching.abort();
  }

  /** The last lines of the last run, at most `lines`. */
  async lastLinesOfRun(id: string, lines: number): Promise<string[]> {
    const feed = this.feed(id);
    const { end } = feed;
    const found: LogEntry[] = [];
    for (let from = await feed.reader.tail(lines); from < end;) {
      const block = await feed.block(from);
      if (block === null) break;
      found.push(...block.entries());
      from = block.to;
    }
    const begin = found.findLastIndex((entry) => 'run' in entry && entry.run.event === 'started');
    return found.slice(begin + 1).flatMap((entry) => ('line' in entry ? [entry.line] : []));
  }

  async #watch(
    { id, run }: { id: string; run: number },
    watcher: { onText: (text: string) => void; signal: AbortSignal },
  ): Promise<void> {
    let isThisRun = false;
    for await (const block of this.follow(
      id,
      await this.feed(id).reader.tail(WATCH_TAIL_LINES),
      watcher.signal,
    )) {
      for (const entry of block.entries()) {
        if (watcher.signal.aborted) return;
        if ('run' in entry && entry.run.event === 'started') isThisRun = entry.run.run === run;
        if ('line' in entry && isThisRun) watcher.onText(entry.line);
      }
    }
  }
}
