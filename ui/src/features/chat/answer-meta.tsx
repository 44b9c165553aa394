/** The figures below an answer, and the popover with everything known about how it was made. */
import { Popover } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { AnswerMeta as Meta } from '#contract/session';
import { formatMoment } from '../../format/clock.ts';
import { formatCount, formatTenths } from '../../format/number.ts';
import { formatPlain, formatSeconds } from './figures.ts';

export function AnswerFigures({ meta }: { meta: Meta }) {
  const { t } = useTranslation();
  const { completionTokens, tokensPerSecond, firstTokenMs, presetName } = meta;
  const figures = [
    completionTokens === null
      ? null
      : t('chat.tokens', { count: completionTokens, shown: formatCount(completionTokens) }),
    tokensPerSecond === null ? null : t('chat.rate', { rate: formatTenths(tokensPerSecond) }),
    firstTokenMs === null ? null : t('chat.firstToken', { seconds: formatSeconds(firstTokenMs) }),
    presetName === null ? null : t('chat.presetIs', { name: presetName }),
  ].filter((figure) => figure !== null);
  return (
    <span className="answer-figures">
      {figures.map((figure) => (
        <span key={figure} className="figure">
          {figure}
        </span>
      ))}
    </span>
  );
}

export function AnswerDetails({ meta, at }: { meta: Meta; at: string }) {
  const { t } = useTranslation();
  return (
    <Popover position="top-start" width={340} withinPortal trapFocus shadow="md" radius="md">
      <Popover.Target>
        <button type="button" className="text-action">
          {t('chat.details')}
        </button>
      </Popover.Target>
      <Popover.Dropdown aria-label={t('chat.details')}>
        <MetaDetails meta={meta} at={at} />
      </Popover.Dropdown>
    </Popover>
  );
}

function MetaDetails({ meta, at }: { meta: Meta; at: string }) {
  const { t } = useTranslation();
  const [openedMs] = useState(() => Date.now());
  const { leftOut } = meta;
  const sampler = Object.entries(meta.sampler).map(
    ([name, value]) => `${name} ${typeof value === 'number' ? formatPlain(value) : JSON.stringify(value)}`,
  );
  const rows: [string, string | null][] = [
    [t('chat.meta.endpoint'), meta.endpointName],
    [t('chat.meta.model'), meta.model],
    [t('chat.meta.preset'), meta.presetName],
    [t('chat.meta.sampler'), sampler.length === 0 ? null : sampler.join(' · ')],
    [t('chat.meta.promptTokens'), meta.promptTokens === null ? null : formatCount(meta.promptTokens)],
    [t('chat.meta.answerTokens'), meta.completionTokens === null ? null : formatCount(meta.completionTokens)],
    [
      t('chat.meta.duration'),
      meta.durationMs === null ? null : t('chat.seconds', { seconds: formatSeconds(meta.durationMs) }),
    ],
    [t('chat.meta.finish'), meta.finishReason],
    [
      t('chat.meta.leftOut'),
      leftOut === null || leftOut.turns === 0
        ? null
        : t('chat.leftOutDetail', { count: leftOut.turns, tokens: formatCount(leftOut.tokens) }),
    ],
    [t('chat.meta.at'), formatMoment(Date.parse(at), openedMs)],
    [t('chat.meta.launch'), meta.launch],
  ];
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- it scrolls, and the popover needs a place for the focus
    <dl className="meta-list" tabIndex={0} data-autofocus>
      {rows.map(([name, value]) =>
        value === null ? null : (
          <div key={name}>
            <dt>{name}</dt>
            <dd className="mono">{value}</dd>
          </div>
        ),
      )}
    </dl>
  );
}
