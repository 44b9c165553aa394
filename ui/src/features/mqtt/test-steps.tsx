/** What a test of the broker did, step by step, and why it went no further. */
import { useTranslation } from 'react-i18next';
import type { MqttTest } from '#contract/mqtt';
import { StateDot } from '../../components/state-dot.tsx';
import { brokerStepWords } from '../../locales/broker-words.ts';
import { ProblemNote } from './problem-note.tsx';

export function TestSteps({ test }: { test: MqttTest }) {
  const { t } = useTranslation();
  return (
    <section className="mqtt-test" aria-label={t('mqtt.test.title')} aria-live="polite">
      <ul className="mqtt-plain-list">
        {test.steps.map((step) => (
          <li key={step.step} className="row">
            <StateDot tone={step.ok ? 'ok' : 'bad'} />
            <span className="mqtt-anywhere">
              <strong>
                {t(step.ok ? 'mqtt.test.passed' : 'mqtt.test.failed', {
                  step: t(`mqtt.test.steps.${step.step}`),
                })}
              </strong>{' '}
              <span className="sub">
                {brokerStepWords(step)} {t('mqtt.test.ms', { ms: Math.round(step.ms) })}
              </span>
            </span>
          </li>
        ))}
      </ul>
      {test.problem !== null && <ProblemNote problem={test.problem} />}
    </section>
  );
}
