/** Why a model could not be loaded for a request: the closed list of codes, each with its English text. Why one crashed is said by the code of its diagnosis. */
import type { TextValues } from './text-values.ts';

export const LOAD_PROBLEM_TEXTS = {
  'load-see-log': 'See the log of its process.',
  'load-file-missing': 'A file that its profile names, the model or its projector, is not there.',
  'load-not-installed': 'The server program that its profile wants is not installed.',
  'load-other-process': 'A process of another kind runs under its id.',
  'load-not-allowed': 'The runner may not launch its server program (RUNNER_ALLOWED_COMMANDS).',
  'load-port-taken': 'The port that its profile sets is taken.',
  'load-not-launched': 'It could not be launched; the runner’s log says why.',
} as const;

export type LoadProblemCode = keyof typeof LOAD_PROBLEM_TEXTS;

/** As the wire has it. `problemCode`: a LoadProblemCode, or that of a diagnosis, whose `problem` is cause and suggestion; null: it has none. */
export interface LoadProblem {
  problem: string;
  problemCode: string | null;
  problemValues: TextValues;
}

export function loadProblem(code: LoadProblemCode): LoadProblem {
  return { problem: LOAD_PROBLEM_TEXTS[code], problemCode: code, problemValues: {} };
}
