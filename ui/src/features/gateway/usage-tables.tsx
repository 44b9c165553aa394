/** The usage as tables: the steps of the charts, and the sums per key and per model. */
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { GatewayRequest } from '#contract/gateway';
import { formatCount } from '../../format/number.ts';
import { DataTable } from './data-table.tsx';
import { useGatewayKeys } from './gateway-queries.ts';
import {
  sumsBy,
  type UsageBucket,
  type UsageFigures,
  type UsageRangeName,
  type UsageStep,
} from './usage-steps.ts';
import { stepWords } from './usage-words.ts';

export function StepTable({ steps, range }: { steps: readonly UsageStep[]; range: UsageRangeName }) {
  const { t } = useTranslation();
  return (
    <details className="gateway-details">
      <summary>{t('gateway.usage.asTable')}</summary>
      <DataTable
        caption={`${t('gateway.usage.requests')} · ${t('gateway.usage.tokens')}`}
        isCaptionShown={false}
        columns={[{ name: t('gateway.usage.time') }, ...figureColumns(t)]}
      >
        {steps.map((step) => (
          <tr key={step.atMs}>
            <th scope="row">{stepWords(step.atMs, range)}</th>
            <Figures figures={step} />
          </tr>
        ))}
      </DataTable>
    </details>
  );
}

interface KeySumsProps {
  buckets: readonly UsageBucket[];
  /** Remember the names of keys that were removed. */
  latest: readonly GatewayRequest[];
}

export function KeySums({ buckets, latest }: KeySumsProps) {
  const { t } = useTranslation();
  const keys = useGatewayKeys().data;
  const nameOf = (id: string | null): string => {
    if (id === null) return t('gateway.usage.noKey');
    const name =
      keys?.find((key) => key.id === id)?.name ?? latest.find(({ keyId }) => keyId === id)?.keyName;
    return name ?? t('gateway.usage.removedKey');
  };
  return (
    <DataTable
      caption={t('gateway.usage.perKey')}
      columns={[{ name: t('gateway.usage.key') }, ...figureColumns(t)]}
    >
      {sumsBy(buckets, 'keyId').map((sum) => (
        <tr key={sum.name}>
          <th scope="row" className="name">
            {nameOf(sum.name)}
          </th>
          <Figures figures={sum} />
        </tr>
      ))}
    </DataTable>
  );
}

export function ModelSums({ buckets }: { buckets: readonly UsageBucket[] }) {
  const { t } = useTranslation();
  return (
    <DataTable
      caption={t('gateway.usage.perModel')}
      columns={[{ name: t('gateway.usage.model') }, ...figureColumns(t)]}
    >
      {sumsBy(buckets, 'model').map((sum) => (
        <tr key={sum.name}>
          <th scope="row" className="name mono">
            {sum.name ?? t('gateway.usage.noModel')}
          </th>
          <Figures figures={sum} />
        </tr>
      ))}
    </DataTable>
  );
}

function figureColumns(t: TFunction): { name: string; isNumber: true }[] {
  const names = [
    t('gateway.usage.requests'),
    t('gateway.usage.errors'),
    t('gateway.usage.prompt'),
    t('gateway.usage.answer'),
  ];
  return names.map((name) => ({ name, isNumber: true }));
}

function Figures({ figures }: { figures: UsageFigures }) {
  const { requests, errors, promptTokens, completionTokens } = figures;
  return (
    <>
      <td className="figure">{formatCount(requests)}</td>
      <td className="figure" data-bad={errors > 0 || undefined}>
        {formatCount(errors)}
      </td>
      <td className="figure">{formatCount(promptTokens)}</td>
      <td className="figure">{formatCount(completionTokens)}</td>
    </>
  );
}
