/** The figures that the gateway has to reach, and whether a run reached them. Without "ours" among the chosen ways nothing is printed. */
import { megabytes, printFigure } from '../measuring/print-table.ts';
import type { Ways } from './start-ways.ts';
import { addedBy } from './summaries.ts';
import type { Summaries, Summary } from './summaries.ts';

const MIN_OF_BARE_PERCENT = 60;
const MIN_OF_PORTKEY = 3;
const MAX_CPU_PER_REQUEST_US = 180;
const MAX_PEAK_BYTES = 190e6;
const MAX_FIRST_TOKEN_MS = 0.7;
const MAX_LAG_MS = 0.8;
const MAX_CPU_PER_TOKEN_US = 50;
const MAX_FIRST_TOKEN_P99_MS = 10;
const MAX_IDLE_BYTES = 110e6;

export function printIdleFigure(residentBytes: number): void {
  const what = `at most ${megabytes(MAX_IDLE_BYTES)} resident in an idle runner without data`;
  printFigure(what, megabytes(residentBytes), residentBytes <= MAX_IDLE_BYTES);
}

export function printWholeFigures({ chosen }: Ways, summaries: Summaries): void {
  const of = (name: 'ours' | 'bare' | 'portkey'): Summary | undefined => {
    const way = chosen.get(name);
    return way && summaries.get(way);
  };
  const [ours, bare, portkey] = [of('ours'), of('bare'), of('portkey')];
  if (ours === undefined) return;
  if (bare !== undefined) {
    const percent = (100 * ours.perSecond) / bare.perSecond;
    printFigure(
      `at least ${MIN_OF_BARE_PERCENT} % of the bare proxy's requests/s`,
      `${percent.toFixed(0)} %`,
      percent >= MIN_OF_BARE_PERCENT,
    );
  }
  if (portkey !== undefined) {
    const times = ours.perSecond / portkey.perSecond;
    printFigure(
      `at least ${MIN_OF_PORTKEY} times Portkey's requests/s`,
      `${times.toFixed(2)} times`,
      times >= MIN_OF_PORTKEY,
    );
  }
  printCpu('request', ours.cpuPerRequest, MAX_CPU_PER_REQUEST_US);
  printFigure(
    `at most ${megabytes(MAX_PEAK_BYTES)} resident at peak`,
    megabytes(ours.peakBytes),
    ours.peakBytes <= MAX_PEAK_BYTES,
  );
}

export function printOneStreamFigure(ways: Ways, summaries: Summaries): void {
  printAdded({
    ways,
    summaries,
    figure: 'firstP50',
    limitMs: MAX_FIRST_TOKEN_MS,
    what: 'to the first token',
  });
}

export function printManyStreamsFigures(ways: Ways, summaries: Summaries): void {
  printAdded({ ways, summaries, figure: 'lagP50', limitMs: MAX_LAG_MS, what: 'per token (p50)' });
  const ours = ways.chosen.get('ours');
  const summary = ours && summaries.get(ours);
  if (summary !== undefined) printCpu('token', summary.cpuPerToken, MAX_CPU_PER_TOKEN_US);
}

export function printMostStreamsFigures(ways: Ways, summaries: Summaries): void {
  printAdded({
    ways,
    summaries,
    figure: 'firstP99',
    limitMs: MAX_FIRST_TOKEN_P99_MS,
    what: 'to the first token (p99)',
  });
  const ours = ways.chosen.get('ours');
  const summary = ours && summaries.get(ours);
  if (summary !== undefined)
    printFigure('no stream lost, cut or out of order', String(summary.wrong), summary.wrong === 0);
}

interface Added {
  ways: Ways;
  summaries: Summaries;
  figure: 'firstP50' | 'firstP99' | 'lagP50';
  limitMs: number;
  what: string;
}

function printAdded({ ways, summaries, figure, limitMs, what }: Added): void {
  const ours = ways.chosen.get('ours');
  if (ours === undefined) return;
  const added = addedBy(ours, ways, summaries)(figure);
  printFigure(`at most ${limitMs} ms added ${what}`, `${added.toFixed(2)} ms`, added <= limitMs);
}

function printCpu(unit: string, microseconds: number, limit: number): void {
  printFigure(`at most ${limit} µs CPU per ${unit}`, `${microseconds.toFixed(0)} µs`, microseconds <= limit);
}
