/** The models of other machines' workers that are servers here. */
import { useTranslation } from 'react-i18next';
import type { MqttStatus } from '#contract/mqtt';
import { StateDot, type DotTone } from '../../components/state-dot.tsx';
import { useMqttEndpoints } from './mqtt-queries.ts';

interface RemoteModelsProps {
  endpoints: MqttStatus['endpoints'];
  /** Where servers are talked to. */
  chatHref: string;
}

const TONES = { online: 'ok', loading: 'busy', offline: 'bad' } as const satisfies Record<string, DotTone>;

export function RemoteModels({ endpoints, chatHref }: RemoteModelsProps) {
  const { t } = useTranslation();
  const known = useMqttEndpoints().data ?? [];
  return (
    <section className="mqtt-section" aria-label={t('mqtt.models.title')}>
      <h2>{t('mqtt.models.title')}</h2>
      {endpoints.length === 0 && (
        <div className="empty">
          <strong>{t('mqtt.models.none')}</strong>
          <div className="sub">{t('mqtt.models.noneText')}</div>
        </div>
      )}
      <ul className="mqtt-plain-list">
        {endpoints.map(({ id, model }) => {
          const status = known.find((endpoint) => endpoint.id === id)?.status ?? 'offline';
          return (
            <li key={id} className="card mqtt-row">
              <div className="row wrap">
                <StateDot tone={TONES[status]} />
                <span className="mono mqtt-anywhere">{model}</span>
                <span className="sub grow">{t(`mqtt.models.states.${status}`)}</span>
                <a href={chatHref}>{t('mqtt.models.toChat')}</a>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
