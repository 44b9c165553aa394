/** The New button above the sessions: with which server. */
import { Button, Menu } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { Icon } from '../components/icon.tsx';
import { StateDot } from '../components/state-dot.tsx';
import { useEndpoints } from '../features/endpoints/endpoint-queries.ts';
import { byStatus, endpointState, endpointTone } from '../features/endpoints/endpoint-words.ts';
import { shortModelName } from '../format/model-name.ts';
import { SCREENS, formatRoute } from './router.ts';
import { useNewSession } from './use-new-session.ts';

export function NewSession({ onMade }: { onMade: () => void }) {
  const { t } = useTranslation();
  const endpoints = useEndpoints().data ?? [];
  const { create, isPending, error } = useNewSession();
  const make = (endpointId: string | null): void => {
    create({ endpointId });
    onMade();
  };
  return (
    <Menu position="bottom-end" width={250}>
      <Menu.Target>
        <Button
          size="xs"
          loading={isPending}
          rightSection={<Icon name="down" size={12} />}
          title={error?.message}
        >
          {t('sessions.new')}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className="chat-menu-note">{t('sessions.newWith')}</div>
        <div className="chat-menu">
          {byStatus(endpoints).map((endpoint) => (
            <Menu.Item
              key={endpoint.id}
              leftSection={<StateDot tone={endpointTone(endpoint)} />}
              onClick={() => make(endpoint.id)}
            >
              <span className="new-session-name">
                {endpoint.name}{' '}
                <span className="sub">
                  {endpoint.status === 'online'
                    ? endpoint.model !== null && shortModelName(endpoint.model)
                    : t(`endpoints.states.${endpointState(endpoint)}`)}
                </span>
              </span>
            </Menu.Item>
          ))}
        </div>
        <Menu.Item onClick={() => make(null)}>{t('sessions.newDefault')}</Menu.Item>
        <Menu.Divider />
        <Menu.Item component="a" href={formatRoute(SCREENS.servers)}>
          {t('sessions.launchServer')}
        </Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
