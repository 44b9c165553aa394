/** The servers that one can talk to, in short: how each is, and what can be done with it. */
import { ActionIcon, Skeleton } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { EndpointDialog } from './endpoint-dialog.tsx';
import { useEndpoints } from './endpoint-queries.ts';
import { EndpointRow } from './endpoint-row.tsx';
import { byStatus } from './endpoint-words.ts';
import './endpoints.css';

interface EndpointListProps {
  presets: readonly { id: string; name: string }[];
  onNewSession: (endpointId: string) => void;
}

export function EndpointList({ presets, onNewSession }: EndpointListProps) {
  const { t } = useTranslation();
  const endpoints = useEndpoints();
  const [edited, setEdited] = useState<Endpoint | 'new' | null>(null);
  return (
    <section className="endpoints" aria-label={t('endpoints.title')}>
      <div className="row side-head">
        <h2 className="grow">{t('endpoints.title')}</h2>
        <ActionIcon
          aria-label={t('endpoints.add')}
          title={t('endpoints.add')}
          onClick={() => setEdited('new')}
        >
          <Icon name="plus" />
        </ActionIcon>
      </div>
      {endpoints.isPending && <Skeleton height={40} />}
      {endpoints.error !== null && endpoints.data === undefined && (
        <ErrorNote message={endpoints.error.message} />
      )}
      {endpoints.data?.length === 0 && <div className="sub side-note">{t('endpoints.none')}</div>}
      <ul className="endpoint-list">
        {byStatus(endpoints.data ?? []).map((endpoint) => (
          <EndpointRow
            key={endpoint.id}
            endpoint={endpoint}
            presets={presets}
            onNewSession={() => onNewSession(endpoint.id)}
            onEdit={() => setEdited(endpoint)}
          />
        ))}
      </ul>
      {edited !== null && (
        <EndpointDialog
          endpoint={edited === 'new' ? null : edited}
          presets={presets}
          onClose={() => setEdited(null)}
        />
      )}
    </section>
  );
}
