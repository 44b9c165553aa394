import { expect, it } from 'vitest';
import { highestMs, probeMarks } from './tunnel-probes.ts';

const START = Date.parse('2026-11-21T12:00:00Z');
const probe = (second: number, ms: number | null) => ({
  at: new Date(START + second * 1000).toISOString(),
  ms,
});

it('answers and silences are marks, and so is the time between in which nobody could ask', () => {
  expect(probeMarks([probe(0, 4), probe(10, null), probe(11, 9.5), probe(60, 2)])).toEqual([
    { kind: 'answer', atMs: START, ms: 4 },
    { kind: 'silent', atMs: START + 10_000 },
    { kind: 'answer', atMs: START + 11_000, ms: 9.5 },
    { kind: 'gap', fromMs: START + 11_000, toMs: START + 60_000 },
    { kind: 'answer', atMs: START + 60_000, ms: 2 },
  ]);
});

it('a late answer is no gap', () => {
  expect(
    probeMarks([probe(0, 1), probe(15, null), probe(31, 5000)]).filter(({ kind }) => kind === 'gap'),
  ).toEqual([]);
});

it('the highest is that of the answers', () => {
  expect(highestMs(probeMarks([probe(0, 4), probe(10, null), probe(20, 9.5)]))).toBe(9.5);
  expect(highestMs([])).toBe(0);
});
