/** The API keys, those that work first. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayKey } from '#contract/gateway';
import { useNow } from '../../components/use-now.ts';
import { modelNames } from './client-example.ts';
import { useGatewayEndpoints, useGatewayKeys, useGatewayRoutes } from './gateway-queries.ts';
import { KeyCard } from './key-card.tsx';
import { KeyDialog } from './key-dialog.tsx';
import { byState } from './key-state.ts';
import { Section } from './section.tsx';

export function KeyList() {
  const { t } = useTranslation();
  const keys = useGatewayKeys();
  const routes = useGatewayRoutes().data ?? [];
  const endpoints = useGatewayEndpoints().data ?? [];
  const nowMs = useNow(10_000);
  const [edited, setEdited] = useState<GatewayKey | 'new' | null>(null);
  const list = byState(keys.data ?? [], nowMs);
  const create = (
    <Button variant="filled" onClick={() => setEdited('new')}>
      {t('gateway.keys.new')}
    </Button>
  );
  return (
    <Section
      title={t('gateway.keys.title')}
      actions={list.length > 0 && create}
      query={keys}
      loadFailed={t('gateway.keys.loadFailed')}
    >
      {keys.data?.length === 0 && (
        <div className="empty">
          <strong>{t('gateway.keys.none')}</strong>
          <div className="sub">{t('gateway.keys.noneText')}</div>
          {create}
        </div>
      )}
      <ul className="gateway-keys">
        {list.map((key) => (
          <KeyCard key={key.id} apiKey={key} nowMs={nowMs} onEdit={() => setEdited(key)} />
        ))}
      </ul>
      {edited !== null && (
        <KeyDialog
          apiKey={edited === 'new' ? null : edited}
          models={modelNames(routes, endpoints)}
          onClose={() => setEdited(null)}
        />
      )}
    </Section>
  );
}
