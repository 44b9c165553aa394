/** Translates the runner's errors into the page's language; in English, and for an unknown code, returns the runner's message. */
import { z } from 'zod';
import { fillText, textValuesSchema, type TextValues } from '#contract/text-values';
import type { LaunchFault } from '#launch/launch-fault';
import { runnerTexts, textOf, type RunnerTexts } from './runner-texts.ts';

/** A failed request, the final frame of a stream (its `error` is the message), or the reason why a message has no answer. */
export interface RunnerError {
  code: string;
  message: string;
  details?: unknown;
}

const fieldsSchema = z.array(z.object({ path: z.string(), message: z.string() })).min(1);
const faultSchema = z.object({ reason: z.string(), values: textValuesSchema });

export function errorWords(error: RunnerError, texts: RunnerTexts | null = runnerTexts()): string {
  const { code, message, details } = error;
  if (texts === null) return message;
  const fault = faultSchema.safeParse(details);
  if (fault.success) return faultWords({ ...fault.data, message }, texts);
  const values = { ...namedBy(details), message };
  const better = textOf(texts.errorsWithDetails, code)?.find((text) => hasAll(text, values));
  const text = better ?? textOf(texts.errors, code);
  return text === undefined ? message : fillText(text, values);
}

export function faultWords(
  { reason, values, message }: Pick<LaunchFault, 'values' | 'message'> & { reason: string },
  texts: RunnerTexts | null = runnerTexts(),
): string {
  const text = texts === null ? undefined : textOf(texts.faults, reason);
  return text === undefined ? message : fillText(text, values);
}

/** The values in an error's details, for use in a text; faulty fields of a request become one line. */
function namedBy(details: unknown): TextValues {
  const fields = fieldsSchema.safeParse(details);
  if (fields.success)
    return {
      fields: fields.data
        .map(({ path, message }) => (path === '' ? message : `${path}: ${message}`))
        .join('; '),
    };
  if (typeof details !== 'object' || details === null) return {};
  return Object.fromEntries(
    Object.entries(details).filter(
      (entry): entry is [string, string | number] =>
        typeof entry[1] === 'string' || typeof entry[1] === 'number',
    ),
  );
}

function hasAll(text: string, values: TextValues): boolean {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].every(([, name = '']) => Object.hasOwn(values, name));
}
