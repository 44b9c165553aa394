/** A problem in words: what happened, what to do, and the command for that. */
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { TunnelProblem } from '#contract/tunnel';
import { CopyButton } from '../../components/copy-button.tsx';
import { tunnelProblemWords } from '../../locales/tunnel-words.ts';
import { commandOf } from './problem-help.ts';

interface ProblemWordsProps {
  problem: TunnelProblem;
  isFailure: boolean;
  /** Said after the message. */
  aside?: string;
  children?: ReactNode;
}

export function ProblemWords({ problem, isFailure, aside, children }: ProblemWordsProps) {
  const { t } = useTranslation();
  const { message, suggestion } = tunnelProblemWords(problem);
  const command = commandOf(problem);
  return (
    <div className={`note ${isFailure ? 'note-bad' : 'note-busy'} tunnel-problem`}>
      <div>
        <strong>{message}</strong> {aside !== undefined && <span className="tunnel-aside">{aside}</span>}
      </div>
      <div>{command === null ? suggestion : withoutEnd(suggestion, command)}</div>
      {command !== null && (
        <div className="row tunnel-command">
          <code className="grow">{command}</code>
          <CopyButton text={command} label={t('tunnels.problem.command')} />
        </div>
      )}
      {children}
    </div>
  );
}

/** The command stands below by itself. */
function withoutEnd(suggestion: string, command: string): string {
  return suggestion.endsWith(command) ? suggestion.slice(0, -command.length).trimEnd() : suggestion;
}
