/** Stacked bars over time in SVG: what a step holds is told on hover and on focus; the arrow keys go from step to step. */
import { useState, type KeyboardEvent } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/number.ts';

type BarTone = 'main' | 'second' | 'bad';

interface Bar {
  key: number;
  /** Its time, as an axis says it. */
  label: string;
  /** All of it in words. */
  words: string;
  /** From the bottom up, as the legend. */
  values: readonly number[];
}

interface BarChartProps {
  title: string;
  bars: readonly Bar[];
  legend: readonly { name: string; tone: BarTone }[];
}

const STEP = 10;
const HEIGHT = 100;
/** A small value beside a large one is still to be seen. */
const LEAST = 1.5;

export function BarChart({ title, bars, legend }: BarChartProps) {
  const { t } = useTranslation();
  const [hovered, setHovered] = useState<number | null>(null);
  // The newest first: the one that is looked for.
  const [focused, setFocused] = useState<number | null>(null);
  const sums = bars.map(({ values }) => values.reduce((sum, value) => sum + value, 0));
  const highest = Math.max(0, ...sums);
  const total = sums.reduce((sum, value) => sum + value, 0);
  const stop = Math.min(focused ?? bars.length - 1, bars.length - 1);
  const told = bars[hovered ?? focused ?? -1];
  const move = (event: KeyboardEvent<SVGSVGElement>): void => {
    const next = nextStop(event.key, stop, bars.length);
    if (next === null) return;
    event.preventDefault();
    const group = event.currentTarget.children.item(next);
    if (group instanceof SVGElement) group.focus();
  };
  return (
    <figure className="card bar-chart">
      <figcaption className="row wrap">
        <h3>{title}</h3>
        <span className="mono">{formatCount(total)}</span>
        <span className="grow" />
        <span className="row bar-legend sub" aria-hidden="true">
          {legend.map(({ name, tone }) => (
            <span key={name} className="row">
              <i className={`bar-swatch bar-${tone}`} />
              {name}
            </span>
          ))}
        </span>
      </figcaption>
      <div className="sub bar-told" aria-hidden="true">
        {told?.words ?? t('gateway.usage.highest', { value: formatCount(highest) })}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the arrow keys only move the focus within it */}
      <svg
        viewBox={`0 0 ${bars.length * STEP} ${HEIGHT}`}
        preserveAspectRatio="none"
        // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- SVG has no such tags
        role="group"
        aria-label={t('gateway.usage.chartLabel', { name: title, total: formatCount(total) })}
        onKeyDown={move}
        onBlur={() => setFocused(null)}
        onPointerLeave={() => setHovered(null)}
      >
        {bars.map(({ key, words, values }, index) => (
          <g
            key={key}
            // oxlint-disable-next-line jsx-a11y/prefer-tag-over-role -- SVG has no such tags
            role="img"
            aria-label={words}
            tabIndex={index === stop ? 0 : -1}
            onFocus={() => setFocused(index)}
            onPointerEnter={() => setHovered(index)}
          >
            <title>{words}</title>
            <rect className="bar-ground" x={index * STEP} y={0} width={STEP} height={HEIGHT} />
            {stackOf(values, highest).map(({ y, height }, part) => (
              <rect
                key={legend[part]?.name}
                className={`bar-${legend[part]?.tone ?? 'main'}`}
                x={index * STEP + 1}
                y={y}
                width={STEP - 2}
                height={height}
              />
            ))}
          </g>
        ))}
      </svg>
      <div className="row bar-axis sub" aria-hidden="true">
        <span className="grow">{bars.at(0)?.label}</span>
        <span>{bars.at(-1)?.label}</span>
      </div>
    </figure>
  );
}

function stackOf(values: readonly number[], highest: number): { y: number; height: number }[] {
  let top = HEIGHT;
  return values.map((value) => {
    const height = value === 0 ? 0 : Math.max(LEAST, (value / highest) * (HEIGHT - LEAST * values.length));
    top -= height;
    return { y: top, height };
  });
}

function nextStop(key: string, stop: number, count: number): number | null {
  switch (key) {
    case 'ArrowLeft':
      return Math.max(0, stop - 1);
    case 'ArrowRight':
      return Math.min(count - 1, stop + 1);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
