/** How far a tunnel came that was tried: each step, then the problem and what to do, or that it works. */
import { useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import type { TunnelTest } from '#contract/tunnel';
import { StateDot } from '../../components/state-dot.tsx';
import { tunnelStepWords } from '../../locales/tunnel-words.ts';
import { ProblemWords } from './problem-words.tsx';
import { msWords } from './tunnel-words.ts';

export function TestResult({ test }: { test: TunnelTest }) {
  const { t } = useTranslation();
  const { steps, problem } = test;
  const box = useRef<HTMLElement>(null);
  // Below a long form it would come unseen.
  useEffect(() => {
    // Newer browsers answer with a promise, which an effect must not.
    box.current?.scrollIntoView({ block: 'nearest' });
  }, []);
  const isThrough = steps.at(-1)?.step === 'probe' && steps.every(({ ok }) => ok);
  return (
    <section ref={box} className="tunnel-test" aria-label={t('tunnels.form.testSteps')} aria-live="polite">
      <ol>
        {steps.map((step) => (
          <li key={step.step} className="row">
            <StateDot tone={step.ok ? 'ok' : 'bad'} />
            <strong>{t(`tunnels.form.steps.${step.step}`)}</strong>
            <span className="grow">{tunnelStepWords(step)}</span>
            <span className="mono">{msWords(step.ms, t)}</span>
          </li>
        ))}
      </ol>
      {problem !== null && <ProblemWords problem={problem} isFailure={!isThrough} />}
      {isThrough && problem === null && <div className="note tunnel-works">{t('tunnels.form.testOk')}</div>}
    </section>
  );
}
