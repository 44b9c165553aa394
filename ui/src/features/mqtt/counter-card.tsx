/** What was done since MQTT was switched on, in plain words, and what waits. */
import { useTranslation } from 'react-i18next';
import type { MqttStatus } from '#contract/mqtt';
import { formatCount } from '../../format/number.ts';
import { COUNTER_GROUPS, queueWords } from './mqtt-words.ts';

const GROUPS = ['worker', 'client', 'wire'] as const;

export function CounterCard({ counters, queue }: Pick<MqttStatus, 'counters' | 'queue'>) {
  const { t } = useTranslation();
  return (
    <section className="mqtt-section" aria-label={t('mqtt.counters.title')}>
      <div className="row wrap">
        <h2 className="grow">{t('mqtt.counters.title')}</h2>
        <span className="sub mqtt-figures">{queueWords(queue, t)}</span>
      </div>
      <div className="mqtt-counters">
        {GROUPS.map((group) => (
          <div key={group} className="card">
            <h3>{t(`mqtt.counters.groups.${group}`)}</h3>
            <dl>
              {COUNTER_GROUPS[group].map((name) => (
                <div key={name} className="row">
                  <dt className="grow">{t(`mqtt.counters.names.${name}`)}</dt>
                  <dd className="mono">{formatCount(counters[name])}</dd>
                </div>
              ))}
            </dl>
          </div>
        ))}
      </div>
    </section>
  );
}
