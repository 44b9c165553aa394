/** Why the broker cannot be used, and what to do, where it happens. */
import type { ReactNode } from 'react';
import type { MqttProblem } from '#contract/mqtt';
import { ErrorNote } from '../../components/error-note.tsx';
import { brokerProblemWords } from '../../locales/broker-words.ts';

export function ProblemNote({ problem, children }: { problem: MqttProblem; children?: ReactNode }) {
  const { message, suggestion } = brokerProblemWords(problem);
  return (
    <ErrorNote title={message} message={suggestion}>
      {children}
    </ErrorNote>
  );
}
