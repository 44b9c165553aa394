/** Everything of the MQTT mode, or why it cannot be told. */
import { Button, Skeleton } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { BrokerCard } from './broker-card.tsx';
import { ConnectionCard } from './connection-card.tsx';
import { CounterCard } from './counter-card.tsx';
import { useMqtt, useMqttSettings } from './mqtt-queries.ts';
import { RemoteModels } from './remote-models.tsx';
import { SettingsForm } from './settings-form.tsx';
import { WorkerList } from './worker-list.tsx';
import './mqtt.css';

interface MqttPanelProps {
  pageHost: string;
  chatHref: string;
}

export function MqttPanel({ pageHost, chatHref }: MqttPanelProps) {
  const { t } = useTranslation();
  const status = useMqtt();
  const known = useMqttSettings();
  const error = status.error ?? known.error;
  const reload = (): void => void Promise.all([status.refetch(), known.refetch()]);
  return (
    <>
      {error !== null && (
        <ErrorNote title={t('mqtt.loadFailed')} message={error.message}>
          <Button size="xs" loading={status.isFetching || known.isFetching} onClick={reload}>
            {t('retry')}
          </Button>
        </ErrorNote>
      )}
      {error === null && (status.isPending || known.isPending) && <Skeleton height={180} />}
      {status.data !== undefined && known.data !== undefined && (
        <>
          <div className="mqtt-columns">
            <ConnectionCard status={status.data} settings={known.data.settings} fixed={known.data.fixed} />
            {status.data.embedded !== null && (
              <BrokerCard broker={status.data.embedded} pageHost={pageHost} />
            )}
          </div>
          {status.data.state !== 'off' && (
            <>
              <div className="mqtt-columns">
                <WorkerList status={status.data} />
                <RemoteModels endpoints={status.data.endpoints} chatHref={chatHref} />
              </div>
              <CounterCard counters={status.data.counters} queue={status.data.queue} />
            </>
          )}
          <SettingsForm
            key={settingsKey(known.data.settings)}
            settings={known.data.settings}
            hasPassword={known.data.hasPassword}
            fixed={known.data.fixed}
          />
        </>
      )}
    </>
  );
}

/** What is typed stays while MQTT is switched on or off; settings that somebody else has changed begin anew. */
function settingsKey({ isEnabled: _isEnabled, ...settings }: object & { isEnabled: boolean }): string {
  return JSON.stringify(settings);
}
