/** The workers behind the broker: who they are, what they serve, how busy they are. */
import { useTranslation } from 'react-i18next';
import type { MqttStatus, MqttWorker } from '#contract/mqtt';
import { StateDot } from '../../components/state-dot.tsx';
import { useNow } from '../../components/use-now.ts';
import { modelFacts, modelTone, seenWords } from './mqtt-words.ts';

export function WorkerList({ status }: { status: MqttStatus }) {
  const { t } = useTranslation();
  const nowMs = useNow();
  return (
    <section className="mqtt-section" aria-label={t('mqtt.workers.title')}>
      <h2>{t('mqtt.workers.title')}</h2>
      {status.workers.length === 0 && (
        <div className="empty">
          <strong>{t('mqtt.workers.none')}</strong>
          <div className="sub">{t('mqtt.workers.noneText')}</div>
        </div>
      )}
      <ul className="mqtt-workers">
        {status.workers.map((worker) => (
          <WorkerCard key={worker.id} worker={worker} nowMs={nowMs} />
        ))}
      </ul>
    </section>
  );
}

function WorkerCard({ worker, nowMs }: { worker: MqttWorker; nowMs: number }) {
  const { t } = useTranslation();
  const { name, version, isOwn, models } = worker;
  return (
    <li className="card">
      <div className="row wrap">
        <h3 className="truncate" title={name}>
          {name}
        </h3>
        {isOwn && <span className="mqtt-own">{t('mqtt.workers.own')}</span>}
        <span className="grow" />
        <span className="sub mqtt-figures">
          {t('mqtt.workers.version', { version })} · {seenWords(worker, nowMs, t)}
        </span>
      </div>
      {models.length === 0 && (
        <div className="sub">{t(isOwn ? 'mqtt.workers.ownIdle' : 'mqtt.workers.idle')}</div>
      )}
      <ul className="mqtt-plain-list">
        {models.map((model) => (
          <li key={model.model} className="row mqtt-model">
            <StateDot tone={modelTone(model)} />
            <span className="mono mqtt-anywhere grow">{model.model}</span>
            <span className="sub mqtt-figures">{modelFacts(model, t)}</span>
          </li>
        ))}
      </ul>
    </li>
  );
}
