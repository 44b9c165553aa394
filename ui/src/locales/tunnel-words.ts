/** Translates the runner's reports about tunnels into the page's language; falls back to the runner's English text. */
import { fillText } from '#contract/text-values';
import type { TunnelProblem, TunnelSetup, TunnelTest } from '#contract/tunnel';
import { runnerTexts, textOf, type RunnerTexts } from './runner-texts.ts';

export function tunnelProblemWords(
  { code, message, suggestion, values }: TunnelProblem,
  texts: RunnerTexts | null = runnerTexts(),
): Pick<TunnelProblem, 'message' | 'suggestion'> {
  const known = textOf(texts?.tunnelProblems ?? {}, code);
  if (known === undefined) return { message, suggestion };
  return { message: fillText(known.message, values), suggestion: fillText(known.suggestion, values) };
}

export function tunnelStepWords(
  { code, message, values }: TunnelTest['steps'][number],
  texts: RunnerTexts | null = runnerTexts(),
): string {
  const known = textOf(texts?.tunnelSteps ?? {}, code);
  return known === undefined ? message : fillText(known, values);
}

export function tunnelNoteWords(
  { code, text, values }: TunnelSetup['notes'][number],
  texts: RunnerTexts | null = runnerTexts(),
): string {
  const known = textOf(texts?.tunnelNotes ?? {}, code);
  return known === undefined ? text : fillText(known, values);
}
