import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LineEntry, LogEntry } from '#contract/log';
import { toLogRow, type LogRow } from './log-row-data.ts';
import { LogStore } from './log-store.ts';

const START = Date.parse('2026-01-01T10:00:00Z');
const at = (ms: number): string => new Date(START + ms).toISOString();
const line = (offset: number, ms: number, more: Partial<LineEntry> = {}): LogEntry => ({
  offset,
  at: at(ms),
  stream: 'stdout',
  line: `line ${offset}`,
  ...more,
});

function makeStore(limit = 1000) {
  const frames: (() => void)[] = [];
  const store = new LogStore({ limit, schedule: (action) => frames.push(action) });
  const frame = (): void => frames.splice(0).forEach((action) => action());
  const rows = (): LogRow[] => {
    const all: LogRow[] = [];
    for (let seq = store.rows.first; seq < store.rows.end; seq += 1)
      all.push(toLogRow(store.rows.read(seq), seq, store.sources));
    return all;
  };
  const texts = (): string[] => rows().map((row) => (row.kind === 'line' ? row.text : row.kind));
  return { store, frames, frame, rows, texts };
}

describe('the log store', () => {
  it('adds many batches in one frame and notifies once', () => {
    const { store, frames, frame, texts } = makeStore();
    const changes: number[] = [];
    store.subscribe((from) => changes.push(from));
    for (let index = 1; index <= 50; index += 1) store.add('a', [line(index * 10, index)]);
    expect([frames.length, texts().length]).toEqual([1, 0]);
    frame();
    expect([texts().length, changes.length]).toEqual([50, 1]);
  });

  it('keeps the newest lines and counts the dropped ones', () => {
    const { store, frame, texts } = makeStore(100);
    store.add(
      'a',
      Array.from({ length: 250 }, (_, index) => line(index + 1, index)),
    );
    frame();
    expect([store.rows.count, store.rows.evicted, store.rows.isFull]).toEqual([100, 150, true]);
    expect([texts()[0], texts().at(-1)]).toEqual(['line 151', 'line 250']);
  });

  it('grows past its first size without losing or mixing a line', () => {
    const { store, frame, texts } = makeStore(100_000);
    for (let from = 0; from < 20_000; from += 1000) {
      store.add(
        'a',
        Array.from({ length: 1000 }, (_, index) => line(from + index + 1, from + index)),
      );
      frame();
    }
    expect(texts().every((text, index) => text === `line ${index + 1}`)).toBe(true);
  });

  it('drops duplicates when a stream is resumed', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [line(10, 1), line(20, 2)]);
    frame();
    store.add('a', [line(10, 1), line(20, 2), line(30, 3)]);
    store.add('a', [line(30, 3), line(40, 4)]);
    frame();
    expect(texts()).toEqual(['line 10', 'line 20', 'line 30', 'line 40']);
  });

  it('joins cut lines per stream, also across batches', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [
      line(10, 1, { line: 'ab', partial: true }),
      line(20, 2, { line: 'err', stream: 'stderr', partial: true }),
      line(30, 3, { line: 'cd', partial: true }),
    ]);
    frame();
    expect(texts()).toEqual([]);
    store.add('a', [line(40, 4, { line: 'ef' }), line(50, 5, { line: 'or', stream: 'stderr' })]);
    frame();
    expect(texts()).toEqual(['abcdef', 'error']);
  });

  it('shows a cut line that never got its end when the run ends', () => {
    const { store, frame, texts } = makeStore();
    const ended: LogEntry = {
      offset: 20,
      at: at(2),
      run: { event: 'ended', run: 1, code: 0, signal: null, reason: 'exited' },
    };
    store.add('a', [line(10, 1, { line: 'half', partial: true }), ended]);
    frame();
    expect(texts()).toEqual(['half', 'run']);
  });

  it('shows what was written last after a carriage return', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [
      line(10, 1, { line: '10 %\r50 %\r100 %' }),
      line(20, 2, { line: 'windows\r' }),
      line(30, 3, { line: 'kept\r\u001b[K' }),
    ]);
    frame();
    expect(texts()).toEqual(['100 %', 'windows', 'kept']);
  });

  it('keeps gaps, also one without bytes of its own, and shows each once', () => {
    const { store, frame, texts } = makeStore();
    const full: LogEntry = { offset: 20, gap: { from: 20, to: 20, reason: 'disk-full', lines: 7 } };
    store.add('a', [
      { offset: 5, gap: { from: 0, to: 5, reason: 'retention' } },
      line(10, 1),
      line(20, 2),
      full,
    ]);
    store.add('a', [full, line(30, 3)]);
    frame();
    expect(texts()).toEqual(['gap', 'line 10', 'line 20', 'gap', 'line 30']);
  });

  it('orders several sources by time and keeps the order within each', () => {
    const { store, frame, rows } = makeStore();
    store.add('a', [
      line(10, 1, { line: 'a1' }),
      line(20, 5, { line: 'a2' }),
      line(30, 4, { line: 'a3 with a clock set back' }),
    ]);
    frame();
    store.add('b', [line(10, 2, { line: 'b1' }), line(20, 9, { line: 'b2' })]);
    store.add('c', [line(10, 3, { line: 'c1' })]);
    frame();
    expect(rows().map((row) => (row.kind === 'line' ? row.text.slice(0, 2) : ''))).toEqual([
      'a1',
      'b1',
      'c1',
      'a2',
      'a3',
      'b2',
    ]);
  });

  it('orders any interleaving of sources as one sorted list', () => {
    const source = fc.array(fc.nat(50), { maxLength: 30 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), source), { maxLength: 10 }),
        (batches) => {
          const { store, frame, rows } = makeStore();
          const clocks: Record<string, number> = {};
          const offsets: Record<string, number> = {};
          for (const [name, steps] of batches) {
            const entries = steps.map((step) => {
              clocks[name] = (clocks[name] ?? 0) + step;
              offsets[name] = (offsets[name] ?? 0) + 1;
              return line(offsets[name], clocks[name]);
            });
            store.add(name, entries);
            frame();
          }
          const all = rows();
          expect(all.length).toBe(batches.reduce((sum, [, steps]) => sum + steps.length, 0));
          expect(all.every((row, index) => index === 0 || row.atMs >= (all[index - 1]?.atMs ?? 0))).toBe(
            true,
          );
          for (const name of ['a', 'b', 'c']) {
            const own = all.filter((row) => row.source === name).map((row) => row.offset);
            expect(own).toEqual(own.toSorted((a, b) => a - b));
          }
        },
      ),
    );
  });

  it('inserts older pages before the first line and adds no line twice', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [line(300, 30), line(400, 40)]);
    store.add('b', [line(10, 15, { line: 'b' })]);
    frame();
    expect(store.firstOffset('a')).toBe(300);
    expect(store.addOlder('a', [line(100, 10), line(200, 20), line(300, 30)], 50)).toBe(2);
    expect(texts()).toEqual(['line 100', 'b', 'line 200', 'line 300', 'line 400']);
    expect(store.addOlder('a', [], 0)).toBe(0);
    expect(store.firstOffset('a')).toBe(0);
  });

  it('clears one source or all, and shows later lines', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [line(10, 1, { line: 'a1' })]);
    store.add('b', [line(10, 2, { line: 'b1' })]);
    frame();
    store.clear('a');
    expect(texts()).toEqual(['b1']);
    store.add('a', [line(10, 1, { line: 'a1' }), line(20, 3, { line: 'a2' })]);
    frame();
    expect(texts()).toEqual(['b1', 'a2']);
    store.clear(null);
    expect([texts(), store.firstOffset('b')]).toEqual([[], 10]);
  });

  it('loads cleared lines again, before the later ones', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [line(10, 1), line(20, 2)]);
    frame();
    store.clear('a');
    store.add('a', [line(30, 3)]);
    store.add('b', [line(5, 2, { line: 'b' })]);
    frame();
    expect(store.firstOffset('a')).toBe(20);
    expect(store.addOlder('a', [line(10, 1), line(20, 2)], 0)).toBe(2);
    expect(texts()).toEqual(['line 10', 'line 20', 'b', 'line 30']);
  });

  it('treats the log of a forgotten process that returns as a new one', () => {
    const { store, frame, texts } = makeStore();
    store.add('a', [line(1000, 1)]);
    frame();
    store.forget('a');
    store.add('a', [line(10, 2, { line: 'new' })]);
    frame();
    expect(texts()).toEqual(['new']);
  });
});
