/** The gateway's own model names, and where each leads. */
import { ActionIcon, Button, Menu } from '@mantine/core';
import type { TFunction } from 'i18next';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import type { GatewayRoute } from '#contract/gateway';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { useGatewayEndpoints, useGatewayRoutes, useRemoveRoute } from './gateway-queries.ts';
import { RouteDialog } from './route-dialog.tsx';
import { Section } from './section.tsx';

export function RouteList() {
  const { t } = useTranslation();
  const routes = useGatewayRoutes();
  const endpoints = useGatewayEndpoints().data ?? [];
  const [edited, setEdited] = useState<GatewayRoute | 'new' | null>(null);
  const list = routes.data ?? [];
  const add = <Button onClick={() => setEdited('new')}>{t('gateway.routes.add')}</Button>;
  return (
    <Section
      title={t('gateway.routes.title')}
      actions={list.length > 0 && add}
      query={routes}
      loadFailed={t('gateway.routes.loadFailed')}
    >
      {routes.data?.length === 0 && (
        <div className="empty">
          <strong>{t('gateway.routes.none')}</strong>
          <div className="sub">{t('gateway.routes.noneText')}</div>
          {add}
        </div>
      )}
      <ul className="gateway-list">
        {list.map((route) => (
          <RouteRow key={route.model} route={route} endpoints={endpoints} onEdit={() => setEdited(route)} />
        ))}
      </ul>
      {edited !== null && (
        <RouteDialog
          route={edited === 'new' ? null : edited}
          routes={list}
          endpoints={endpoints}
          onClose={() => setEdited(null)}
        />
      )}
    </Section>
  );
}

interface RouteRowProps {
  route: GatewayRoute;
  endpoints: readonly Endpoint[];
  onEdit: () => void;
}

function RouteRow({ route, endpoints, onEdit }: RouteRowProps) {
  const { t } = useTranslation();
  const [isRemoving, setRemoving] = useState(false);
  return (
    <li className="card gateway-row">
      <div className="row">
        <h3 className="grow mono truncate" title={route.model}>
          {route.model}
        </h3>
        <Menu position="bottom-end" width={170}>
          <Menu.Target>
            <ActionIcon size={24} aria-label={t('gateway.routes.actionsOf', { name: route.model })}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onEdit}>{t('gateway.routes.edit')}</Menu.Item>
            <Menu.Item data-danger onClick={() => setRemoving(true)}>
              {t('gateway.routes.remove')}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>
      <ul className="gateway-targets sub">
        {route.targets.map((target, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- one server may stand there twice, and nothing here has a state
          <li key={index}>→ {targetWords(target, endpoints, t)}</li>
        ))}
        {route.fallback.length > 0 && (
          <li>{t('gateway.routes.fallback', { names: route.fallback.join(', ') })}</li>
        )}
      </ul>
      {isRemoving && <RemoveRoute model={route.model} onClose={() => setRemoving(false)} />}
    </li>
  );
}

/** `gpu-box · qwen · weight 2 · priority 1`: what is not as usual. */
function targetWords(
  target: GatewayRoute['targets'][number],
  endpoints: readonly Endpoint[],
  t: TFunction,
): string {
  const { endpointId, model, weight, priority } = target;
  const name =
    endpoints.find(({ id }) => id === endpointId)?.name ?? t('gateway.routes.gone', { id: endpointId });
  const parts = [
    name,
    model ?? t('gateway.routes.ownModel'),
    weight === 1 ? null : t('gateway.routes.weight', { weight }),
    priority === 0 ? null : t('gateway.routes.priority', { priority }),
  ];
  return parts.filter((part) => part !== null).join(' · ');
}

function RemoveRoute({ model, onClose }: { model: string; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useRemoveRoute();
  return (
    <ConfirmDialog
      title={t('gateway.routes.removeTitle', { name: model })}
      confirmLabel={t('gateway.routes.removeConfirm')}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(model, { onSuccess: onClose })}
      onClose={onClose}
    >
      {t('gateway.routes.removeText')}
      {remove.error !== null && <ErrorNote message={remove.error.message} />}
    </ConfirmDialog>
  );
}
