/** The state of a step: a dot and a word, what was found, and what to do about a problem. */
import { useTranslation } from 'react-i18next';
import { ErrorNote } from '../../components/error-note.tsx';
import { StateDot, type DotTone } from '../../components/state-dot.tsx';
import { brokerProblemWords } from '../../locales/broker-words.ts';
import { problemWords } from '../../locales/runner-words.ts';
import { tunnelProblemWords } from '../../locales/tunnel-words.ts';
import { NO_VALUES, type Check, type CheckState } from './checks.ts';

const TONES: Record<CheckState, DotTone> = {
  ok: 'ok',
  busy: 'busy',
  todo: 'idle',
  bad: 'bad',
  there: 'idle',
};

export function CheckLine({ check }: { check: Check }) {
  const { t } = useTranslation();
  return (
    <div className="connect-check" data-state={check.state}>
      <div className="row">
        <StateDot tone={TONES[check.state]} />
        <span className="connect-anywhere">
          <strong>{t(`connect.states.${check.state}`)}</strong>{' '}
          <span className="sub">{t(`connect.checks.${check.code}`, { ...NO_VALUES, ...check.values })}</span>
        </span>
      </div>
      {check.problem !== undefined && <Problem problem={check.problem} />}
    </div>
  );
}

function Problem({ problem }: { problem: NonNullable<Check['problem']> }) {
  if ('endpoint' in problem) {
    const words = problemWords(problem.endpoint);
    return words === null ? null : <ErrorNote message={words} />;
  }
  const { message, suggestion } =
    'tunnel' in problem ? tunnelProblemWords(problem.tunnel) : brokerProblemWords(problem.mqtt);
  return <ErrorNote title={message} message={suggestion} />;
}
