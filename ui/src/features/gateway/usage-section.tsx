/** What was asked of the gateway in a time: over time, per key, per model, and the latest requests one by one. */
import { SegmentedControl } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { formatCount } from '../../format/number.ts';
import { BarChart } from './bar-chart.tsx';
import { useUsage } from './gateway-queries.ts';
import { LatestRequests } from './latest-requests.tsx';
import { Section } from './section.tsx';
import { fillSteps, USAGE_RANGES, type UsageRangeName, type UsageStep } from './usage-steps.ts';
import { KeySums, ModelSums, StepTable } from './usage-tables.tsx';
import { stepWords } from './usage-words.ts';

const RANGE_NAMES: readonly UsageRangeName[] = ['day', 'week', 'month'];

export function UsageSection() {
  const { t } = useTranslation();
  const [range, setRange] = useState<UsageRangeName>('day');
  const usage = useUsage(range);
  const shown = usage.data?.range ?? range;
  const buckets = usage.data?.buckets ?? [];
  const latest = usage.data?.latest ?? [];
  return (
    <Section
      title={t('gateway.usage.title')}
      actions={
        <SegmentedControl
          size="xs"
          aria-label={t('gateway.usage.range')}
          data={RANGE_NAMES.map((value) => ({ value, label: t(`gateway.usage.ranges.${value}`) }))}
          value={range}
          onChange={setRange}
        />
      }
      query={usage}
      loadFailed={t('gateway.usage.loadFailed')}
    >
      {usage.data !== undefined && buckets.length === 0 && (
        <div className="empty">
          <strong>{t('gateway.usage.none')}</strong>
          <div className="sub">{t('gateway.usage.noneText')}</div>
        </div>
      )}
      {buckets.length > 0 && (
        <>
          <Charts steps={fillSteps(buckets, USAGE_RANGES[shown], usage.dataUpdatedAt)} range={shown} />
          <div className="gateway-pair">
            <KeySums buckets={buckets} latest={latest} />
            <ModelSums buckets={buckets} />
          </div>
        </>
      )}
      {latest.length > 0 && <LatestRequests requests={latest} />}
    </Section>
  );
}

function Charts({ steps, range }: { steps: readonly UsageStep[]; range: UsageRangeName }) {
  const { t } = useTranslation();
  const requests = steps.map((step) => {
    const label = stepWords(step.atMs, range);
    const words = t('gateway.usage.requestsAt', {
      time: label,
      requests: formatCount(step.requests),
      errors: formatCount(step.errors),
    });
    return { key: step.atMs, label, words, values: [step.requests - step.errors, step.errors] };
  });
  const tokens = steps.map((step) => {
    const label = stepWords(step.atMs, range);
    const words = t('gateway.usage.tokensAt', {
      time: label,
      prompt: formatCount(step.promptTokens),
      answer: formatCount(step.completionTokens),
    });
    return { key: step.atMs, label, words, values: [step.promptTokens, step.completionTokens] };
  });
  return (
    <>
      <div className="gateway-pair">
        <BarChart
          title={t('gateway.usage.requests')}
          bars={requests}
          legend={[
            { name: t('gateway.usage.answered'), tone: 'main' },
            { name: t('gateway.usage.errors'), tone: 'bad' },
          ]}
        />
        <BarChart
          title={t('gateway.usage.tokens')}
          bars={tokens}
          legend={[
            { name: t('gateway.usage.prompt'), tone: 'second' },
            { name: t('gateway.usage.answer'), tone: 'main' },
          ]}
        />
      </div>
      <StepTable steps={steps} range={range} />
    </>
  );
}
