/** What is known of a run that crashed: the question that diagnose-crash.ts answers. */
import type { Recipe, ServerForm } from '#contract/launch-form';
import type { Exit } from '#contract/process';

/** `lastLines` in order, both streams; some 50 are enough. `form`, where the run had one, makes the fixes fit it. */
export interface Crash {
  recipe: Recipe;
  exit: Pick<Exit, 'code' | 'signal' | 'reason'>;
  lastLines: readonly string[];
  form?: Partial<ServerForm> | undefined;
}
