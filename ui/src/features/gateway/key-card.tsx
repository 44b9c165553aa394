/** One API key: its state in a word, what it opens, its limits and what it has used; its menu. */
import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { GatewayKey } from '#contract/gateway';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useGatewayKeys, useRemoveKey, useRevokeKey } from './gateway-queries.ts';
import { keyState, type KeyState } from './key-state.ts';
import { dayWords, keyTone, limitWords, momentWords, usedWords } from './key-words.ts';

interface KeyCardProps {
  apiKey: GatewayKey;
  nowMs: number;
  onEdit: () => void;
}

export function KeyCard({ apiKey, nowMs, onEdit }: KeyCardProps) {
  const { t } = useTranslation();
  const [asks, setAsks] = useState<'revoke' | 'remove' | null>(null);
  const state = keyState(apiKey, nowMs);
  return (
    <li className="card gateway-key" data-state={state}>
      <div className="row">
        <StateDot tone={keyTone(state)} />
        <h3 className="truncate" title={apiKey.name}>
          {apiKey.name}
        </h3>
        <span
          className="gateway-key-state grow"
          title={state === 'environment' ? t('gateway.keys.environmentHint') : undefined}
        >
          {t(`gateway.keys.states.${state}`)}
        </span>
        <code className="gateway-hint">{apiKey.hint}…</code>
        {apiKey.source === 'managed' && (
          <Menu position="bottom-end" width={170}>
            <Menu.Target>
              <ActionIcon size={24} aria-label={t('gateway.keys.actionsOf', { name: apiKey.name })}>
                <Icon name="more" />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {state !== 'revoked' && <Menu.Item onClick={onEdit}>{t('gateway.keys.edit')}</Menu.Item>}
              <Menu.Item data-danger onClick={() => setAsks(state === 'revoked' ? 'remove' : 'revoke')}>
                {t(state === 'revoked' ? 'gateway.keys.remove' : 'gateway.keys.revoke')}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </div>
      <KeyFacts apiKey={apiKey} state={state} />
      {asks === 'revoke' && <RevokeKey apiKey={apiKey} onClose={() => setAsks(null)} />}
      {asks === 'remove' && <RemoveKey apiKey={apiKey} onClose={() => setAsks(null)} />}
    </li>
  );
}

function KeyFacts({ apiKey, state }: { apiKey: GatewayKey; state: KeyState }) {
  const { t } = useTranslation();
  const { models, routes } = apiKey;
  return (
    <dl className="gateway-facts">
      <Fact name={t('gateway.keys.used')}>{usedWords(apiKey, t)}</Fact>
      <Fact name={t('gateway.keys.lastUsed')}>{momentWords(apiKey.lastUsedAt, t)}</Fact>
      <Fact name={t('gateway.keys.limits')}>{limitWords(apiKey, t)}</Fact>
      <Fact name={t('gateway.keys.models')}>
        {models.length === 0 ? (
          t('gateway.keys.allModels')
        ) : (
          <span className="mono">{models.join(', ')}</span>
        )}
      </Fact>
      <Fact name={t('gateway.keys.routes')}>
        {routes.length === 0
          ? t('gateway.keys.allRoutes')
          : routes.map((group) => t(`gateway.keys.routeGroups.${group}`)).join(', ')}
      </Fact>
      {state === 'revoked' ? (
        <Fact name={t('gateway.keys.revokedAt')}>{dayWords(apiKey.revokedAt, t)}</Fact>
      ) : (
        <Fact name={t('gateway.keys.expires')}>{dayWords(apiKey.expiresAt, t)}</Fact>
      )}
    </dl>
  );
}

function Fact({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

interface AskProps {
  apiKey: GatewayKey;
  onClose: () => void;
}

function RevokeKey({ apiKey, onClose }: AskProps) {
  const { t } = useTranslation();
  const revoke = useRevokeKey();
  return (
    <ConfirmDialog
      title={t('gateway.revoke.title', { name: apiKey.name })}
      confirmLabel={t('gateway.revoke.confirm')}
      isBusy={revoke.isPending}
      onConfirm={() => revoke.mutate(apiKey.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      {t('gateway.revoke.text')}
      {revoke.error !== null && <ErrorNote message={revoke.error.message} />}
    </ConfirmDialog>
  );
}

function RemoveKey({ apiKey, onClose }: AskProps) {
  const { t } = useTranslation();
  const remove = useRemoveKey();
  const isLast = useGatewayKeys().data?.length === 1;
  return (
    <ConfirmDialog
      title={t('gateway.removeKey.title', { name: apiKey.name })}
      confirmLabel={t('gateway.removeKey.confirm')}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(apiKey.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      {t('gateway.removeKey.text')}
      {isLast && <p>{t('gateway.removeKey.last')}</p>}
      {remove.error !== null && <ErrorNote message={remove.error.message} />}
    </ConfirmDialog>
  );
}
