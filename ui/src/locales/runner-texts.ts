/** The texts a language needs for the runner's codes, and access to those of the page's language. */
import i18next from 'i18next';
import type { ProblemCode } from '#contract/endpoint-problem';
import type { ErrorCode } from '#contract/error-codes';
import type { LoadProblemCode } from '#contract/load-problem';
import type { MqttProblemCode, MqttStepCode } from '#contract/mqtt-problem';
import type { NoteCode } from '#contract/process-note';
import type { TunnelNoteCode, TunnelProblemCode, TunnelStepCode } from '#contract/tunnel-problem';
import type { CauseCode } from '#launch/cause-texts';
import type { FaultReason } from '#launch/launch-fault';

/** How an answer ended early without a failed request. */
type AnswerEndCode = 'STOPPED' | 'CLIENT_GONE' | 'RUNNER_KILLED';

export interface RunnerTexts {
  /** `{{message}}` is the runner's message: a text contains it where it says more than the code. */
  errors: Record<ErrorCode | AnswerEndCode, string>;
  /** More exact texts: the first whose placeholders all occur in the error's details is used. */
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

/** The i18next namespace of these texts. */
export const RUNNER_TEXTS = 'runner';

/** null: the page is in English like the runner, or the texts are not loaded yet. */
export function runnerTexts(): RunnerTexts | null {
  if (!i18next.isInitialized) return null;
  const texts: RunnerTexts | undefined = i18next.getResourceBundle(i18next.language, RUNNER_TEXTS);
  return texts ?? null;
}

/** Returns `undefined` for a code that is not in the table, such as one of a newer runner. */
export function textOf<Text>(table: Record<string, Text>, code: string | null | undefined): Text | undefined {
  return typeof code === 'string' && Object.hasOwn(table, code) ? table[code] : undefined;
}
