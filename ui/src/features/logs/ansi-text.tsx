/** A line's text with its colours, and with the filter's hits marked. */
import type { CSSProperties, ReactNode } from 'react';
import { parseAnsi, stripAnsi, type AnsiSpan } from './ansi.ts';
import type { LogFilter } from './log-filter.ts';

export function AnsiText({ text, filter }: { text: string; filter: LogFilter | null }) {
  const ranges = filter?.ranges(stripAnsi(text)) ?? [];
  let at = 0;
  return parseAnsi(text).map((span, index) => {
    const from = at;
    at += span.text.length;
    const parts = markHits(span.text, from, ranges);
    const style = toStyle(span);

    return style === null ? (
      parts
    ) : (
      // oxlint-disable-next-line react/no-array-index-key -- the spans of a line never change places
      <span key={`${index}`} style={style}>
        {parts}
      </span>
    );
  });
}

function markHits(text: string, from: number, ranges: readonly [number, number][]): ReactNode[] {
  const parts: ReactNode[] = [];
  let at = 0;
  for (const [start, end] of ranges) {
    const left = Math.max(start - from, at);
    const right = Math.min(end - from, text.length);
    if (right <= left) continue;
    parts.push(text.slice(at, left));
    parts.push(
      <mark key={from + left} className="hit">
        {text.slice(left, right)}
      </mark>,
    );
    at = right;
  }
  parts.push(text.slice(at));
  return parts;
}

function toStyle(span: AnsiSpan): CSSProperties | null {
  const style: CSSProperties = {
    ...(span.colour !== undefined && { color: span.colour }),
    ...(span.background !== undefined && { background: span.background }),
    ...(span.isBold && { fontWeight: 700 }),
    ...(span.isDim && { opacity: 0.8 }),
    ...(span.isItalic && { fontStyle: 'italic' }),
    ...(span.isUnderlined && { textDecoration: 'underline' }),
  };
  return Object.keys(style).length === 0 ? null : style;
}
