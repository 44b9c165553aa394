/** One step: its machine, its state, the actions available here, and the commands for a terminal. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { CommandBox } from '../../components/command-box.tsx';
import { CheckLine } from './check-line.tsx';
import { isAllDone, type Check } from './checks.ts';
import type { Step } from './steps.ts';

interface StepCardProps {
  step: Step;
  number: number;
  checks: readonly Check[];
  /** The names of the machines. */
  nameOf: (place: Step['place']) => string;
  /** Buttons and fields of the step. */
  children?: ReactNode;
}

export function StepCard({ step, number, checks, nameOf, children }: StepCardProps) {
  const { t } = useTranslation();
  const isDone = checks.some(({ state }) => state === 'ok') && isAllDone(checks);
  const place = t('connect.machine', { machine: step.machine, name: nameOf(step.place) });
  return (
    <li className="card connect-step" data-done={isDone || undefined}>
      <div className="row wrap">
        <span className="connect-number" aria-hidden="true">
          {number}
        </span>
        <h3>{t(`connect.steps.${step.id}.title`)}</h3>
        <span className="connect-place">{place}</span>
      </div>
      <p className="sub">{t(`connect.steps.${step.id}.text`)}</p>
      <div aria-live="polite" className="connect-checks">
        {checks.map((check) => (
          <CheckLine key={check.code} check={check} />
        ))}
      </div>
      {children}
      <details className="connect-commands" open={!isDone}>
        <summary>
          {t(step.place === 'client' ? 'connect.forClients' : 'connect.inTerminal', { place })}
        </summary>
        {step.commands.map(({ id, text }) => (
          <CommandBox
            key={id}
            title={t(`connect.commands.${id}`, { place })}
            text={text}
            copyLabel={t('connect.copy', { title: t(`connect.commands.${id}`, { place }) })}
          />
        ))}
      </details>
    </li>
  );
}
