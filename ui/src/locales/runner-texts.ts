/** What a language must have to say what the runner says by code, and where the texts of the page's language are. */
import i18next from 'i18next';
import type { ProblemCode } from '#contract/endpoint-problem';
import type { ErrorCode } from '#contract/error-codes';
import type { LoadProblemCode } from '#contract/load-problem';
import type { MqttProblemCode, MqttStepCode } from '#contract/mqtt-problem';
import type { NoteCode } from '#contract/process-note';
import type { TunnelNoteCode, TunnelProblemCode, TunnelStepCode } from '#contract/tunnel-problem';
import type { CauseCode } from '#launch/cause-texts';
import type { FaultReason } from '#launch/launch-fault';

/** How an answer ended that is no failed request. */
type AnswerEndCode = 'STOPPED' | 'CLIENT_GONE' | 'RUNNER_KILLED';

export interface RunnerTexts {
  /** `{{message}}` is what the runner said: a text has it where that holds more than the code. */
  errors: Record<ErrorCode | AnswerEndCode, string>;
  /** Better ones: the first whose places are all named by the error's details. */
  errorsWithDetails: Partial<Record<ErrorCode, readonly string[]>>;
  faults: Record<FaultReason, string>;
  causes: Record<CauseCode, { cause: string; suggestion: string }>;
  notes: Record<NoteCode, string>;
  problems: Record<ProblemCode, string>;
  loadProblems: Record<LoadProblemCode, string>;
  tunnelProblems: Record<TunnelProblemCode, { message: string; suggestion: string }>;
  tunnelSteps: Record<TunnelStepCode, string>;
  tunnelNotes: Record<TunnelNoteCode, string>;
  mqttProblems: Record<MqttProblemCode, { message: string; suggestion: string }>;
  mqttSteps: Record<MqttStepCode, string>;
}

/** The namespace that i18next keeps them in. */
export const RUNNER_TEXTS = 'runner';

/** null: the page speaks the runner's own language, or the texts are not loaded yet. */
export function runnerTexts(): RunnerTexts | null {
  if (!i18next.isInitialized) return null;
  const texts: RunnerTexts | undefined = i18next.getResourceBundle(i18next.language, RUNNER_TEXTS);
  return texts ?? null;
}

/** `undefined` for a code that is not (yet) in the table. */
export function textOf<Text>(table: Record<string, Text>, code: string | null | undefined): Text | undefined {
  return typeof code === 'string' && Object.hasOwn(table, code) ? table[code] : undefined;
}
