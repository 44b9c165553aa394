/** The requests that ended last, one by one. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayRequest } from '#contract/gateway';
import { StateDot, type DotTone } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatMoment } from '../../format/clock.ts';
import { formatCount, formatTenths } from '../../format/number.ts';
import { DataTable } from './data-table.tsx';
import { useGatewayEndpoints } from './gateway-queries.ts';

const FEW = 15;
const CLIENT_LEFT = 499;
/** Cut off from outside: no fault, as the usage counts them. */
const CUT_OFF = new Set(['request_cancelled', 'shutting_down']);

export function LatestRequests({ requests }: { requests: readonly GatewayRequest[] }) {
  const { t } = useTranslation();
  const endpoints = useGatewayEndpoints().data ?? [];
  const nowMs = useNow(60_000);
  const [isAll, setAll] = useState(false);
  const shown = isAll ? requests : requests.slice(0, FEW);
  const nameOf = (id: string | null): string =>
    endpoints.find((endpoint) => endpoint.id === id)?.name ?? id ?? '–';
  return (
    <>
      <DataTable
        caption={t('gateway.latest.title')}
        columns={[
          { name: t('gateway.usage.time') },
          { name: t('gateway.latest.status') },
          { name: t('gateway.usage.model') },
          { name: t('gateway.usage.key') },
          { name: t('gateway.usage.endpoint') },
          { name: t('gateway.latest.route') },
          { name: t('gateway.latest.tokens'), isNumber: true, hint: t('gateway.latest.tokensHint') },
          { name: t('gateway.latest.firstToken'), isNumber: true },
          { name: t('gateway.latest.speed'), isNumber: true },
          { name: t('gateway.latest.duration'), isNumber: true },
        ]}
      >
        {shown.map((request) => (
          <RequestRow
            key={request.id}
            request={request}
            endpoint={nameOf(request.endpointId)}
            nowMs={nowMs}
          />
        ))}
      </DataTable>
      {requests.length > shown.length && (
        <Button size="xs" className="gateway-add" onClick={() => setAll(true)}>
          {t('gateway.latest.showAll', { shown: formatCount(requests.length) })}
        </Button>
      )}
    </>
  );
}

interface RequestRowProps {
  request: GatewayRequest;
  endpoint: string;
  nowMs: number;
}

function RequestRow({ request, endpoint, nowMs }: RequestRowProps) {
  const { t } = useTranslation();
  const { promptTokens, completionTokens, firstTokenMs, tokensPerSecond, durationMs } = request;
  const ms = (value: number): string => t('gateway.latest.ms', { ms: formatCount(value) });
  return (
    <tr>
      <th scope="row" className="mono">
        {formatMoment(Date.parse(request.at), nowMs)}
      </th>
      <td>
        <Status request={request} />
      </td>
      <td className="cut mono" title={request.model ?? undefined}>
        {request.model ?? '–'}
      </td>
      <td className="cut" title={request.keyName ?? undefined}>
        {request.keyName ?? t('gateway.usage.noKey')}
      </td>
      <td className="cut" title={endpoint}>
        {endpoint}
      </td>
      <td className="mono">{request.route.replace(/^\/v1\//, '')}</td>
      <td className="figure">
        {promptTokens === null && completionTokens === null
          ? '–'
          : `${countOf(promptTokens)} → ${countOf(completionTokens)}`}
      </td>
      <td className="figure">{firstTokenMs === null ? '–' : ms(firstTokenMs)}</td>
      <td className="figure">{tokensPerSecond === null ? '–' : formatTenths(tokensPerSecond)}</td>
      <td className="figure">{t('gateway.latest.seconds', { seconds: formatTenths(durationMs / 1000) })}</td>
    </tr>
  );
}

function Status({ request: { status, errorCode } }: { request: GatewayRequest }) {
  const { t } = useTranslation();
  const isLeft = status === CLIENT_LEFT;
  const tone: DotTone =
    isLeft || CUT_OFF.has(errorCode ?? '') ? 'idle' : status >= 400 || errorCode !== null ? 'bad' : 'ok';
  return (
    <span className="row">
      <StateDot tone={tone} />
      <span className="mono">{status}</span>
      {isLeft ? (
        <span>{t('gateway.latest.clientLeft')}</span>
      ) : (
        errorCode !== null && (
          <span className="mono error-code" title={errorCode}>
            {errorCode}
          </span>
        )
      )}
    </span>
  );
}

function countOf(tokens: number | null): string {
  return tokens === null ? '–' : formatCount(tokens);
}
