/** Translates crash diagnoses, notes of processes and problems of servers into the page's language; falls back to the runner's English text. */
import type { Endpoint } from '#contract/endpoint';
import type { GatewayModels } from '#contract/gateway';
import type { Diagnosis, ProcessSnapshot } from '#contract/process';
import { fillText } from '#contract/text-values';
import { runnerTexts, textOf, type RunnerTexts } from './runner-texts.ts';

export function diagnosisWords(
  { cause, suggestion, code, values = {} }: Omit<Diagnosis, 'fix'>,
  texts: RunnerTexts | null = runnerTexts(),
): Pick<Diagnosis, 'cause' | 'suggestion'> {
  const known = texts === null ? undefined : textOf(texts.causes, code);
  if (known === undefined) return { cause, suggestion };
  return { cause: fillText(known.cause, values), suggestion: fillText(known.suggestion, values) };
}

export function noteWords(
  { note, noteCode, noteValues }: Pick<ProcessSnapshot, 'note' | 'noteCode' | 'noteValues'>,
  texts: RunnerTexts | null = runnerTexts(),
): string | null {
  const known = texts === null ? undefined : textOf(texts.notes, noteCode);
  return known === undefined ? note : fillText(known, noteValues ?? {});
}

export function problemWords(
  { problem, problemCode, problemValues }: Pick<Endpoint, 'problem' | 'problemCode' | 'problemValues'>,
  texts: RunnerTexts | null = runnerTexts(),
): string | null {
  const known = texts === null ? undefined : textOf(texts.problems, problemCode);
  return known === undefined ? problem : fillText(known, problemValues ?? {});
}

/** The code is either that of a load problem or that of a crash diagnosis. */
export function loadProblemWords(
  {
    problem,
    problemCode,
    problemValues,
  }: Pick<GatewayModels['models'][number], 'problem' | 'problemCode' | 'problemValues'>,
  texts: RunnerTexts | null = runnerTexts(),
): string | null {
  if (problem === null || texts === null) return problem;
  const crash = textOf(texts.causes, problemCode);
  const known =
    textOf(texts.loadProblems, problemCode) ??
    (crash === undefined ? undefined : `${crash.cause} ${crash.suggestion}`);
  return known === undefined ? problem : fillText(known, problemValues ?? {});
}
