/** What a loading process waits for: the closed list of codes, each with its English text. */
import { fillText, type TextValues, type ValuesFor } from './text-values.ts';

export const NOTE_TEXTS = {
  'url-silent': 'no answer from {{url}} yet',
  'url-loading': '{{url}} answers {{status}} (loading)',
  'url-refuses': '{{url}} answers {{status}}',
  'port-closed': 'port {{port}} does not accept connections yet',
  'port-of-program': 'port {{port}} is answered by {{program}} (pid {{pid}}), not by this process',
  'port-of-another': 'port {{port}} is answered by another program, not by this process',
  'line-awaited': 'waits for a line that matches {{pattern}}',
} as const;

export type NoteCode = keyof typeof NOTE_TEXTS;

/** `code` null: words that have none. */
export interface ProcessNote {
  text: string;
  code: NoteCode | null;
  values: TextValues;
}

export function processNote<Code extends NoteCode>(
  code: Code,
  values: ValuesFor<(typeof NOTE_TEXTS)[Code]>,
): ProcessNote {
  return { text: fillText(NOTE_TEXTS[code], values), code, values };
}
