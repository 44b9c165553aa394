/** The latest questions through a tunnel as the marks of a chart, with the times between in which there was no tunnel. Pure. */
import type { Tunnel } from '#contract/tunnel';

export type ProbeMark =
  | { kind: 'answer'; atMs: number; ms: number }
  | { kind: 'silent'; atMs: number }
  | { kind: 'gap'; fromMs: number; toMs: number };

/** A tunnel that stands is asked every 10 s; an answer may take 5 s. */
const GAP_MS = 25_000;

export function probeMarks(probes: Tunnel['probes']): ProbeMark[] {
  return probes.flatMap(({ at, ms }, index): ProbeMark[] => {
    const atMs = Date.parse(at);
    const before = probes[index - 1];
    const fromMs = before === undefined ? atMs : Date.parse(before.at);
    const mark: ProbeMark = ms === null ? { kind: 'silent', atMs } : { kind: 'answer', atMs, ms };
    return atMs - fromMs > GAP_MS ? [{ kind: 'gap', fromMs, toMs: atMs }, mark] : [mark];
  });
}

export function highestMs(marks: readonly ProbeMark[]): number {
  return Math.max(0, ...marks.map((mark) => (mark.kind === 'answer' ? mark.ms : 0)));
}
