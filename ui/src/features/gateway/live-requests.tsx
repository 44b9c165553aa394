/** The requests that are being answered; each can be cancelled. */
import { Button } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { GatewayLiveRequest } from '#contract/gateway';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatDuration } from '../../format/duration.ts';
import { formatCount } from '../../format/number.ts';
import { useCancelRequest, useGatewayEndpoints, useLiveRequests } from './gateway-queries.ts';
import { Section } from './section.tsx';

const TONES = { queued: 'idle', asked: 'busy', answering: 'ok' } as const;

export function LiveRequests() {
  const { t } = useTranslation();
  const live = useLiveRequests();
  const cancel = useCancelRequest();
  return (
    <Section title={t('gateway.live.title')} query={live} loadFailed={t('gateway.live.loadFailed')}>
      {live.data?.length === 0 && <div className="card sub">{t('gateway.live.none')}</div>}
      {cancel.error !== null && <ErrorNote message={cancel.error.message} />}
      <ul className="gateway-list">
        {live.data?.map((request) => (
          <LiveRow
            key={request.id}
            request={request}
            isCancelling={cancel.isPending && cancel.variables === request.id}
            onCancel={() => cancel.mutate(request.id)}
          />
        ))}
      </ul>
    </Section>
  );
}

interface LiveRowProps {
  request: GatewayLiveRequest;
  isCancelling: boolean;
  onCancel: () => void;
}

function LiveRow({ request, isCancelling, onCancel }: LiveRowProps) {
  const { t } = useTranslation();
  const nowMs = useNow();
  const endpoints = useGatewayEndpoints().data ?? [];
  const { state, place, tokens, endpointId } = request;
  const key = request.keyName ?? t('gateway.usage.noKey');
  const model = request.model ?? t('gateway.usage.noModel');
  const endpoint = endpoints.find(({ id }) => id === endpointId)?.name ?? endpointId;
  const came =
    state === 'queued' ? null : t('gateway.live.tokens', { count: tokens, shown: formatCount(tokens) });
  const facts = [key, endpoint, came];
  return (
    <li className="card gateway-row">
      <div className="row">
        <StateDot tone={TONES[state]} />
        <h3 className="mono truncate" title={model}>
          {model}
        </h3>
        <span className="sub grow gateway-live-state">
          {state === 'queued' && typeof place === 'number'
            ? t('gateway.live.place', { place })
            : t(`gateway.live.states.${state}`)}{' '}
          · {formatDuration(nowMs - Date.parse(request.at))}
        </span>
        <Button
          size="xs"
          loading={isCancelling}
          aria-label={t('gateway.live.cancelOf', { model, key })}
          onClick={onCancel}
        >
          {t('gateway.live.cancel')}
        </Button>
      </div>
      <div className="sub anywhere">{facts.filter((fact) => fact !== null).join(' · ')}</div>
    </li>
  );
}
