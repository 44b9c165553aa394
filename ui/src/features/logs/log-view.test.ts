import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LogEntry } from '#contract/log';
import { compileFilter } from './log-filter.ts';
import { LogStore } from './log-store.ts';
import { LogView, type LogQuery } from './log-view.ts';

const line = (offset: number, text: string): LogEntry => ({
  offset,
  at: new Date(offset).toISOString(),
  stream: 'stderr',
  line: text,
});
const ask = (query: Partial<LogQuery>): LogQuery => ({
  source: null,
  filter: null,
  isWarningsOnly: false,
  ...query,
});
const textFilter = (text: string, isRegex = false) => compileFilter(text, isRegex).filter;

function makeView(store: LogStore, query: LogQuery, sliceIsOver = false) {
  const later: (() => void)[] = [];
  let nowMs = 0;
  const view = new LogView(store, query, {
    schedule: (action) => later.push(action),
    now: () => (sliceIsOver ? (nowMs += 100) : 0),
  });
  const stop = view.start();
  const texts = (): string[] =>
    Array.from({ length: view.count }, (_, index) => {
      const row = view.rowAt(index);
      return row.kind === 'line' ? row.text : row.kind;
    });
  return { view, later, stop, texts };
}

const immediately = (limit = 100_000): LogStore =>
  new LogStore({ limit, schedule: (action) => queueMicrotask(action) });

describe('a view of the log', () => {
  it('shows a source, a filter, warnings only, and later lines', async () => {
    const store = immediately();
    const all = makeView(store, ask({}));
    const ofA = makeView(store, ask({ source: 'a' }));
    const slots = makeView(store, ask({ filter: textFilter('SLOT') }));
    const warnings = makeView(store, ask({ isWarningsOnly: true }));
    store.add('a', [line(1, 'slot 1'), line(3, '0.00.041.453 W srv  no key')]);
    store.add('b', [
      line(2, '\u001b[31msl\u001b[0mot 2'),
      { offset: 4, at: new Date(4).toISOString(), run: { event: 'started', run: 1, pid: 7, command: 'x' } },
    ]);
    await Promise.resolve();
    expect(all.texts()).toEqual(['slot 1', '\u001b[31msl\u001b[0mot 2', '0.00.041.453 W srv  no key', 'run']);
    expect(ofA.texts()).toEqual(['slot 1', '0.00.041.453 W srv  no key']);
    expect(slots.view.count).toBe(2);
    expect(warnings.texts()).toEqual(['0.00.041.453 W srv  no key']);
    store.add('a', [line(9, 'slot 9')]);
    await Promise.resolve();
    expect([slots.view.count, ofA.view.count]).toEqual([3, 3]);
    all.stop();
  });

  it('equals filtering everything again, whatever is added, cleared or dropped', async () => {
    const step = fc.oneof(
      fc.tuple(fc.constantFrom('a', 'b'), fc.integer({ min: 1, max: 40 })),
      fc.constantFrom('clear a' as const, 'clear all' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const store = immediately(100);
        const kept = makeView(store, ask({ source: 'a', filter: textFilter('7') }));
        let offset = 0;
        for (const now of steps) {
          if (now === 'clear a') store.clear('a');
          else if (now === 'clear all') store.clear(null);
          else
            store.add(
              now[0],
              Array.from({ length: now[1] }, () => line((offset += 1), `line ${offset}`)),
            );
          await Promise.resolve();
          expect(kept.texts()).toEqual(
            makeView(store, ask({ source: 'a', filter: textFilter('7') })).texts(),
          );
        }
      }),
    );
  });

  it('scans a long log in slices and reports its progress', async () => {
    const store = immediately();
    store.add(
      'a',
      Array.from({ length: 10_000 }, (_, index) => line(index + 1, `line ${index}`)),
    );
    await Promise.resolve();
    const { view, later } = makeView(store, ask({ filter: textFilter('line') }), true);
    expect(view.progress).toBeCloseTo(0.2);
    while (later.length > 0) later.shift()?.();
    expect([view.progress, view.count]).toEqual([1, 10_000]);
  });

  it('finds the place of a row', async () => {
    const store = immediately();
    store.add(
      'a',
      Array.from({ length: 20 }, (_, index) => line(index + 1, index % 2 === 0 ? 'even' : 'odd')),
    );
    await Promise.resolve();
    const { view } = makeView(store, ask({ filter: textFilter('odd') }));
    expect([view.indexOf(view.seqAt(4)), view.indexOf(view.seqAt(4) - 1), view.indexOf(999)]).toEqual([
      4, 4, 10,
    ]);
  });
});

describe('the filter', () => {
  it.each([
    { name: 'a text is taken as it is', text: 'a.c', isRegex: false, line: 'xA.Cx abc', ranges: [[1, 4]] },
    {
      name: 'an expression finds more',
      text: 'a.c',
      isRegex: true,
      line: 'xA.Cx abc',
      ranges: [
        [1, 4],
        [6, 9],
      ],
    },
    { name: 'hits without length are none', text: 'x*', isRegex: true, line: 'axxb', ranges: [[1, 3]] },
  ])('$name', ({ text, isRegex, line: given, ranges }) => {
    expect(compileFilter(text, isRegex).filter?.ranges(given)).toEqual(ranges);
  });

  it('is null for an empty text, and reports the fault of an expression', () => {
    expect(compileFilter('', true)).toEqual({ filter: null, fault: null });
    expect(compileFilter('(', true).fault).toContain('(');
    expect(compileFilter('(', false).filter?.matches('f(x)')).toBe(true);
  });
});
