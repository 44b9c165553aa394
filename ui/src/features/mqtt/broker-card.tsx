/** The runner's own broker: its address, user and password, and what other machines write down to use it. */
import { Button } from '@mantine/core';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { MqttStatus } from '#contract/mqtt';
import { CommandBox } from '../../components/command-box.tsx';
import { CopyButton } from '../../components/copy-button.tsx';
import { formatCount } from '../../format/number.ts';
import { brokerLines, isOnlyHere, outerAddress } from './broker-lines.ts';
import { Fact } from './fact.tsx';

interface BrokerCardProps {
  broker: NonNullable<MqttStatus['embedded']>;
  /** By which the reader of the page reached this machine. */
  pageHost: string;
}

const HIDDEN = '••••••••••••';

export function BrokerCard({ broker, pageHost }: BrokerCardProps) {
  const { t } = useTranslation();
  const [isShown, setShown] = useState(false);
  const { username, password, clients } = broker;
  const url = outerAddress(broker.url, pageHost);
  return (
    <section className="card" aria-label={t('mqtt.broker.title')}>
      <h2>{t('mqtt.broker.title')}</h2>
      <dl className="mqtt-facts">
        <Fact name={t('mqtt.broker.address')}>
          <span className="mono">{url}</span>
        </Fact>
        <Fact name={t('mqtt.broker.user')}>
          <span className="mono">{username}</span>
        </Fact>
        <Fact name={t('mqtt.broker.password')}>
          <span className="row wrap">
            <span className="mono mqtt-anywhere">{isShown ? password : HIDDEN}</span>
            <Button
              size="xs"
              aria-label={t(isShown ? 'mqtt.broker.hidePassword' : 'mqtt.broker.showPassword')}
              onClick={() => setShown(!isShown)}
            >
              {t(isShown ? 'mqtt.broker.hide' : 'mqtt.broker.show')}
            </Button>
            <CopyButton text={password} label={t('mqtt.broker.copyPassword')} />
          </span>
        </Fact>
        <Fact name={t('mqtt.broker.clients')}>{formatCount(clients)}</Fact>
      </dl>
      {isOnlyHere(broker.url) ? (
        <div className="note note-busy">{t('mqtt.broker.onlyHere')}</div>
      ) : (
        <CommandBox
          title={t('mqtt.broker.lines')}
          text={brokerLines({ url, username, password })}
          shown={brokerLines({ url, username, password: isShown ? password : HIDDEN })}
          copyLabel={t('mqtt.broker.copyLines')}
        />
      )}
    </section>
  );
}
