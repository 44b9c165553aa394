/** Translates the runner's reports about a broker into the page's language; falls back to the runner's English text. */
import type { MqttProblem, MqttTest } from '#contract/mqtt';
import { fillText } from '#contract/text-values';
import { runnerTexts, textOf, type RunnerTexts } from './runner-texts.ts';

export function brokerProblemWords(
  { code, message, suggestion, values }: Pick<MqttProblem, 'code' | 'message' | 'suggestion' | 'values'>,
  texts: RunnerTexts | null = runnerTexts(),
): Pick<MqttProblem, 'message' | 'suggestion'> {
  const known = textOf(texts?.mqttProblems ?? {}, code);
  if (known === undefined) return { message, suggestion };
  return { message: fillText(known.message, values), suggestion: fillText(known.suggestion, values) };
}

export function brokerStepWords(
  { code, message, values }: Pick<MqttTest['steps'][number], 'code' | 'message' | 'values'>,
  texts: RunnerTexts | null = runnerTexts(),
): string {
  const known = textOf(texts?.mqttSteps ?? {}, code);
  return known === undefined ? message : fillText(known, values);
}
