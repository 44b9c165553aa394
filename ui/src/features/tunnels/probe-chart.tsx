/** The latest questions through a tunnel as bars; red where no answer came or there was no connection. In words for a screen reader. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { Tunnel } from '#contract/tunnel';
import { formatMoment } from '../../format/clock.ts';
import { formatCount } from '../../format/number.ts';
import { highestMs, probeMarks, type ProbeMark } from './tunnel-probes.ts';
import { figureOfMs } from './tunnel-words.ts';

const STEP = 6;
const HEIGHT = 36;
/** A quick answer is still to be seen. */
const LEAST = 3;
/** So that the first few are bars and no walls. */
const FEWEST_STEPS = 40;

export function ProbeChart({ probes }: Pick<Tunnel, 'probes'>) {
  const { t } = useTranslation();
  const marks = probeMarks(probes);
  const highest = highestMs(marks);
  const steps = Math.max(marks.length, FEWEST_STEPS);
  const missed = marks.filter(({ kind }) => kind === 'silent').length;
  return (
    <figure className="tunnel-chart">
      <svg
        viewBox={`0 0 ${steps * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- a drawing, not a file
        role="img"
        aria-label={`${t('tunnels.chart.label')}. ${chartWords(marks, t)}`}
      >
        {marks.map((mark, index) => (
          <Mark key={keyOf(mark)} mark={mark} x={(steps - marks.length + index) * STEP} highest={highest} />
        ))}
      </svg>
      <figcaption className="row sub" aria-hidden="true">
        <span className="grow">{t('tunnels.facts.latency')}</span>
        {missed > 0 && (
          <span className="tunnel-missed">{t('tunnels.chart.missed', { shown: formatCount(missed) })}</span>
        )}
        {highest > 0 && <span>{t('tunnels.chart.highest', { ms: figureOfMs(highest) })}</span>}
      </figcaption>
    </figure>
  );
}

function Mark({ mark, x, highest }: { mark: ProbeMark; x: number; highest: number }) {
  const { t } = useTranslation();
  const height =
    mark.kind === 'answer' ? LEAST + (highest === 0 ? 0 : (mark.ms / highest) * (HEIGHT - LEAST)) : HEIGHT;
  return (
    <g className="tunnel-mark" data-kind={mark.kind}>
      <title>{markWords(mark, t)}</title>
      {/* The whole height takes the pointer: a low bar is hard to meet. */}
      <rect className="tunnel-mark-ground" x={x} y={0} width={STEP} height={HEIGHT} />
      <rect x={x + 1} y={HEIGHT - height} width={mark.kind === 'gap' ? 1 : STEP - 2} height={height} />
    </g>
  );
}

const keyOf = (mark: ProbeMark): string => (mark.kind === 'gap' ? `gap ${mark.fromMs}` : String(mark.atMs));
const clock = (atMs: number): string => formatMoment(atMs, Date.now());

function markWords(mark: ProbeMark, t: TFunction): string {
  switch (mark.kind) {
    case 'answer':
      return t('tunnels.chart.answer', { at: clock(mark.atMs), ms: figureOfMs(mark.ms) });
    case 'silent':
      return t('tunnels.chart.silent', { at: clock(mark.atMs) });
    case 'gap':
      return t('tunnels.chart.gap', { from: clock(mark.fromMs), to: clock(mark.toMs) });
  }
}

function chartWords(marks: readonly ProbeMark[], t: TFunction): string {
  const silent = marks.flatMap((mark) => (mark.kind === 'silent' ? [clock(mark.atMs)] : []));
  const gaps = marks.flatMap((mark) =>
    mark.kind === 'gap' ? [`${clock(mark.fromMs)}–${clock(mark.toMs)}`] : [],
  );
  const asked = marks.filter(({ kind }) => kind !== 'gap').length;
  return [
    t('tunnels.chart.words', { shown: formatCount(asked), highest: figureOfMs(highestMs(marks)) }),
    silent.length === 0 ? null : t('tunnels.chart.noAnswer', { times: silent.join(', ') }),
    gaps.length === 0 ? null : t('tunnels.chart.gaps', { times: gaps.join(', ') }),
  ]
    .filter((words) => words !== null)
    .join(' ');
}
