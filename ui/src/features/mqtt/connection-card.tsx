/** The MQTT mode on or off, how the connection to the broker is, and what is wrong with it. */
import { Button, Switch } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import type { MqttSettings, MqttStatus } from '#contract/mqtt';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { formatMoment } from '../../format/clock.ts';
import { formatCount } from '../../format/number.ts';
import { Fact } from './fact.tsx';
import { useSaveMqttSettings, useTestMqtt } from './mqtt-queries.ts';
import { linkTone } from './mqtt-words.ts';
import { ProblemNote } from './problem-note.tsx';
import { TestSteps } from './test-steps.tsx';

interface ConnectionCardProps {
  status: MqttStatus;
  settings: MqttSettings;
  fixed: readonly string[];
}

export function ConnectionCard({ status, settings, fixed }: ConnectionCardProps) {
  const { t } = useTranslation();
  const save = useSaveMqttSettings();
  const test = useTestMqtt();
  const isOn = settings.isEnabled;
  const isFixed = fixed.includes('isEnabled');
  const change = (isEnabled: boolean): void => {
    test.reset();
    save.mutate({ ...settings, isEnabled });
  };
  return (
    <section className="card" aria-label={t('mqtt.connection.title')}>
      <div className="row wrap">
        <h2>{t('mqtt.connection.title')}</h2>
        <span className="row grow mqtt-state">
          <StateDot tone={linkTone(status)} />
          <span>{t(`mqtt.connection.states.${status.state}`)}</span>
        </span>
        <Switch
          label={t('mqtt.connection.switch')}
          checked={isOn}
          disabled={isFixed || save.isPending}
          onChange={(event) => change(event.currentTarget.checked)}
        />
      </div>
      {isFixed && <div className="sub">{t('mqtt.connection.fixedOn')}</div>}
      {save.error !== null && <ErrorNote message={save.error.message} />}
      {status.problem !== null && <ProblemNote problem={status.problem} />}
      {status.state === 'off' ? (
        <>
          <div className="sub mqtt-prose">{t('mqtt.connection.offText')}</div>
          <div className="row">
            <Button variant="filled" loading={save.isPending} onClick={() => change(true)}>
              {t('mqtt.connection.switchOn')}
            </Button>
          </div>
        </>
      ) : (
        <>
          <ConnectionFacts status={status} />
          <div className="row">
            <Button size="xs" loading={test.isPending} onClick={() => test.mutate(null)}>
              {t('mqtt.test.start')}
            </Button>
          </div>
        </>
      )}
      {test.error !== null && <ErrorNote message={test.error.message} />}
      {test.data !== undefined && isOn && <TestSteps test={test.data} />}
    </section>
  );
}

function ConnectionFacts({ status }: { status: MqttStatus }) {
  const { t } = useTranslation();
  const nowMs = useNow(10_000);
  const { address, protocol, connectedAt, connections, prefix } = status;
  return (
    <dl className="mqtt-facts">
      <Fact name={t('mqtt.connection.address')}>
        <span className="mono">{address ?? '—'}</span>
      </Fact>
      {protocol !== null && (
        <Fact name={t('mqtt.connection.protocol')}>{protocol === 5 ? '5' : '3.1.1'}</Fact>
      )}
      {status.state === 'connected' && connectedAt !== null && (
        <Fact name={t('mqtt.connection.since')}>
          {formatMoment(Date.parse(connectedAt), nowMs)}
          {connections > 1 &&
            ` · ${t('mqtt.connection.again', { count: connections - 1, shown: formatCount(connections - 1) })}`}
        </Fact>
      )}
      <Fact name={t('mqtt.connection.prefix')}>
        <span className="mono">{prefix}/v1/…</span>
      </Fact>
    </dl>
  );
}
