/** Sums up the rounds that the gateway's benchmark measured, and prints them as tables. */
import { percentile } from '../measuring/percentile.ts';
import { megabytes, printTable } from '../measuring/print-table.ts';
import type { LoadReport } from './load-generator.ts';
import type { Way, Ways } from './start-ways.ts';

/** One round of one way. */
export interface Measured extends LoadReport {
  cpuMs: number;
  peakBytes: number;
}

/** Medians of the rounds, in ms and µs. */
export interface Summary {
  perSecond: number;
  wholeP50: number;
  wholeP99: number;
  firstP50: number;
  firstP99: number;
  lagP50: number;
  lagP99: number;
  cpuPerRequest: number;
  cpuPerToken: number;
  /** The highest of all rounds. */
  peakBytes: number;
  /** Of all rounds together. */
  wrong: number;
}

/** What a table needs to know of the ways. */
export type Compared = Pick<Ways, 'direct' | 'missing'>;
export type Summaries = ReadonlyMap<Way, Summary>;

export function summarize(rounds: readonly Measured[]): Summary {
  const median = (of: (round: Measured) => number): number => percentile(rounds.map(of), 0.5);
  return {
    perSecond: median(({ requests, tookMs }) => (requests * 1000) / tookMs),
    wholeP50: median(({ wholeMs }) => wholeMs.p50),
    wholeP99: median(({ wholeMs }) => wholeMs.p99),
    firstP50: median(({ firstMs }) => firstMs.p50),
    firstP99: median(({ firstMs }) => firstMs.p99),
    lagP50: median(({ lagMs }) => lagMs.p50),
    lagP99: median(({ lagMs }) => lagMs.p99),
    cpuPerRequest: median(({ cpuMs, requests }) => (cpuMs * 1000) / requests),
    cpuPerToken: median(({ cpuMs, tokens }) => (cpuMs * 1000) / tokens),
    peakBytes: Math.max(...rounds.map(({ peakBytes }) => peakBytes)),
    wrong: rounds.reduce((sum, { wrong }) => sum + wrong, 0),
  };
}

export function printWhole(ways: Compared, summaries: Summaries): void {
  print(ways, summaries, {
    head: ['requests/s', 'p50 ms', 'added', 'p99 ms', 'added', 'CPU per request'],
    cells: ({ perSecond, wholeP50, wholeP99 }, added) => [
      perSecond.toFixed(0),
      ms(wholeP50),
      added('wholeP50'),
      ms(wholeP99),
      added('wholeP99'),
    ],
    cpu: ({ cpuPerRequest }) => cpuPerRequest,
  });
}

export function printStreams(ways: Compared, summaries: Summaries): void {
  print(ways, summaries, {
    head: [
      'first token p50 ms',
      'added',
      'p99 ms',
      'added',
      'each token p50 ms',
      'added',
      'p99 ms',
      'added',
      'CPU per token',
    ],
    cells: ({ firstP50, firstP99, lagP50, lagP99 }, added) => [
      ms(firstP50),
      added('firstP50'),
      ms(firstP99),
      added('firstP99'),
      ms(lagP50),
      added('lagP50'),
      ms(lagP99),
      added('lagP99'),
    ],
    cpu: ({ cpuPerToken }) => cpuPerToken,
  });
}

/** What a way adds to the direct one, in ms. */
export function addedBy(
  way: Way,
  { direct }: Compared,
  summaries: Summaries,
): (figure: keyof Summary) => number {
  return (figure) => (summaries.get(way)?.[figure] ?? NaN) - (summaries.get(direct)?.[figure] ?? NaN);
}

const ms = (value: number): string => value.toFixed(2);

interface Table {
  head: readonly string[];
  cells: (summary: Summary, added: (figure: keyof Summary) => string) => string[];
  cpu: (summary: Summary) => number;
}

function print(ways: Compared, summaries: Summaries, { head, cells, cpu }: Table): void {
  const rows = [...summaries].map(([way, summary]) => {
    const isDirect = way === ways.direct;
    const added = (figure: keyof Summary): string =>
      isDirect ? '' : ms(addedBy(way, ways, summaries)(figure));
    // The direct way has no process whose CPU and memory could be counted.
    const costs = isDirect ? ['', ''] : [`${cpu(summary).toFixed(0)} µs`, megabytes(summary.peakBytes)];
    return [way.name, ...cells(summary, added), ...costs, String(summary.wrong)];
  });
  printTable(['way', ...head, 'peak memory', 'wrong'], [...rows, ...ways.missing]);
}
