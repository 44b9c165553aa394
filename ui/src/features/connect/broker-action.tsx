/** The form that connects this runner to the broker named in the answers. */
import { Button, PasswordInput } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { useMqttSettings, useSwitchMqttOn } from './connect-queries.ts';

interface BrokerActionProps {
  url: string;
  username: string;
  mqttHref: string;
}

export function BrokerAction({ url, username, mqttHref }: BrokerActionProps) {
  const { t } = useTranslation();
  const known = useMqttSettings().data;
  const switchOn = useSwitchMqttOn();
  const [password, setPassword] = useState('');
  if (known === undefined) return null;
  const settings = {
    ...known.settings,
    isEnabled: true,
    broker: 'external' as const,
    url,
    username: username === '' ? null : username,
  };
  return (
    <form
      className="connect-actions"
      onSubmit={(event) => {
        event.preventDefault();
        switchOn.mutate(
          { ...settings, ...(password !== '' && { password }) },
          { onSuccess: () => setPassword('') },
        );
      }}
    >
      <div className="row wrap connect-login">
        {username !== '' && (
          <PasswordInput
            label={t('connect.actions.password', { user: username })}
            autoComplete="new-password"
            visibilityToggleButtonProps={{ 'aria-label': t('connect.actions.showPassword') }}
            value={password}
            onChange={(event) => setPassword(event.currentTarget.value)}
          />
        )}
        <Button type="submit" variant="filled" loading={switchOn.isPending}>
          {t('connect.actions.switchOn')}
        </Button>
        <a href={mqttHref}>{t('connect.actions.toMqtt')}</a>
      </div>
      {switchOn.error !== null && <ErrorNote message={switchOn.error.message} />}
    </form>
  );
}
