/** One process: its state, its figures, how and why it ended, and its actions. */
import { memo, useEffect, useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { StateDot } from '../../components/state-dot.tsx';
import { noteWords } from '../../locales/runner-words.ts';
import { DiagnosisNote } from './diagnosis-note.tsx';
import { describeExit } from './describe-exit.ts';
import { ProcessActions } from './process-actions.tsx';
import type { LiveProcess } from './process-cache.ts';
import { ProcessFigures } from './process-figures.tsx';
import { BackoffNote, ProcessStateText } from './process-state.tsx';
import { stateTone } from './state-tone.ts';

interface ProcessCardProps {
  process: LiveProcess;
  /** Selected by the URL: scrolled into view and marked. */
  isSelected: boolean;
  onShowLog: (id: string) => void;
  onApplyFix: (process: LiveProcess) => void;
}

export const ProcessCard = memo(function ProcessCard({
  process,
  isSelected,
  onShowLog,
  onApplyFix,
}: ProcessCardProps) {
  const { t } = useTranslation();
  const card = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isSelected) card.current?.scrollIntoView({ block: 'nearest' });
  }, [isSelected]);
  const { exit, diagnosis, state } = process;
  const isWaiting = state === 'starting' || state === 'loading';
  const showsExit = exit !== null && !isWaiting && state !== 'ready' && state !== 'stopping';
  const showLog = (): void => onShowLog(process.id);
  return (
    <article
      ref={card}
      className="card"
      aria-label={process.id}
      data-state={state}
      data-selected={isSelected || undefined}
    >
      <div className="row">
        <StateDot tone={stateTone(state)} />
        <h3 className="grow truncate" title={process.command}>
          {process.id}
        </h3>
        <ProcessStateText process={process} />
      </div>
      {isWaiting && <div className="busy-bar" />}
      <ProcessFigures process={process} />
      {isWaiting && process.note !== null && <div className="sub">{noteWords(process)}</div>}
      {state === 'backoff' && (
        <div className="note note-busy">
          <div>
            <BackoffNote process={process} /> {exit !== null && describeExit(exit, t)}
          </div>
        </div>
      )}
      {showsExit && state !== 'backoff' && <div className="sub">{describeExit(exit, t)}</div>}
      {state === 'crash-loop' && diagnosis === null && (
        <div className="note note-bad">
          <strong>{t('cards.crashLoop')}</strong>
        </div>
      )}
      {diagnosis !== null && (
        <DiagnosisNote diagnosis={diagnosis} recipe={process.recipe} onApply={() => onApplyFix(process)} />
      )}
      <ProcessActions process={process} onShowLog={showLog} />
    </article>
  );
});
