/** One endpoint: its state in a word, its facts, why it is away, and its menu. */
import { ActionIcon, Menu } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Endpoint } from '#contract/endpoint';
import { ConfirmDialog } from '../../components/confirm-dialog.tsx';
import { ErrorNote } from '../../components/error-note.tsx';
import { Icon } from '../../components/icon.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { shortModelName } from '../../format/model-name.ts';
import { problemWords } from '../../locales/runner-words.ts';
import { usePingEndpoint, useRemoveEndpoint } from './endpoint-queries.ts';
import { endpointFigures, endpointState, endpointTone, specialWords } from './endpoint-words.ts';

interface EndpointRowProps {
  endpoint: Endpoint;
  presets: readonly { id: string; name: string }[];
  onNewSession: () => void;
  onEdit: () => void;
}

export function EndpointRow({ endpoint, presets, onNewSession, onEdit }: EndpointRowProps) {
  const { t } = useTranslation();
  const ping = usePingEndpoint();
  const [isRemoving, setRemoving] = useState(false);
  const { name, problem, source } = endpoint;
  const state = endpointState(endpoint);
  const special = specialWords(endpoint, t);
  const figures = endpointFigures(endpoint, t);
  const preset = presets.find(({ id }) => id === endpoint.defaultPresetId);
  return (
    <li className="endpoint-row" data-status={state}>
      <div className="row">
        <StateDot tone={endpointTone(endpoint)} />
        <span className="endpoint-name truncate" title={endpoint.baseUrl}>
          {name}
        </span>
        <span className="endpoint-status">
          {ping.isPending ? t('endpoints.pinging') : t(`endpoints.states.${state}`)}
        </span>
        <Menu position="bottom-end" width={210}>
          <Menu.Target>
            <ActionIcon size={24} aria-label={t('endpoints.actionsOf', { name })}>
              <Icon name="more" />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={onNewSession}>{t('endpoints.newSession')}</Menu.Item>
            <Menu.Item onClick={() => ping.mutate(endpoint.id)}>{t('endpoints.ping')}</Menu.Item>
            <Menu.Item onClick={onEdit}>
              {source === 'manual' ? t('endpoints.edit') : t('endpoints.setDefaults')}
            </Menu.Item>
            {source === 'manual' && (
              <Menu.Item data-danger onClick={() => setRemoving(true)}>
                {t('endpoints.remove')}
              </Menu.Item>
            )}
          </Menu.Dropdown>
        </Menu>
      </div>
      {endpoint.model !== null && (
        <div className="endpoint-facts sub truncate" title={endpoint.model}>
          {shortModelName(endpoint.model)}
          {preset !== undefined && ` · ${preset.name}`}
        </div>
      )}
      {figures !== '' && <div className="endpoint-facts endpoint-figures truncate">{figures}</div>}
      {special !== null && <div className="endpoint-facts sub">{special}</div>}
      {problem !== null && endpoint.problemCode !== 'process-on-demand' && (
        <div className="endpoint-problem">{problemWords(endpoint)}</div>
      )}
      {ping.error !== null && <ErrorNote message={ping.error.message} />}
      {isRemoving && <RemoveEndpoint endpoint={endpoint} onClose={() => setRemoving(false)} />}
    </li>
  );
}

function RemoveEndpoint({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const { t } = useTranslation();
  const remove = useRemoveEndpoint();
  return (
    <ConfirmDialog
      title={t('endpoints.removeTitle', { name: endpoint.name })}
      confirmLabel={t('endpoints.removeConfirm')}
      isBusy={remove.isPending}
      onConfirm={() => remove.mutate(endpoint.id, { onSuccess: onClose })}
      onClose={onClose}
    >
      {t('endpoints.removeText')}
      {remove.error !== null && <ErrorNote message={remove.error.message} />}
    </ConfirmDialog>
  );
}
