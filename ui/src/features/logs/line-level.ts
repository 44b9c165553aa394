/** Guesses from a line's text whether it is a warning or an error, because programs have no common format for it. */
export type LineLevel = 'error' | 'warning' | 'plain';

// llama.cpp: "0.00.041.453 W srv  llama_server: …", the level's letter follows the time or starts the line.
const LLAMA_LEVEL = /^(?:\d+\.\d+\.\d+\.\d+ )?([EWID]) \S/;
const ERROR =
  /\b(?:error|fatal|panic|traceback|critical|segmentation fault|out of memory|failed)\b|Error:|Exception:/i;
const WARNING = /\bwarn(?:ing)?\b/i;

export function lineLevel(text: string): LineLevel {
  const letter = LLAMA_LEVEL.exec(text)?.[1];
  if (letter !== undefined) return letter === 'E' ? 'error' : letter === 'W' ? 'warning' : 'plain';
  if (ERROR.test(text)) return 'error';
  return WARNING.test(text) ? 'warning' : 'plain';
}
