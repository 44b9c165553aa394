/** Decides whether and when a run that ended is started again. Pure. */
import type { Exit, ProcessState, Restart } from '#contract/process';

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 5 * 60_000;
/** After this many restarts without a healthy spell in between it is a crash loop. */
export const MAX_RESTARTS = 10;
/** A run that was ready this long was healthy: counting starts anew. */
export const HEALTHY_AFTER_MS = 60_000;

export function shouldRestart(policy: Restart['policy'], exit: Exit): boolean {
  if (exit.reason === 'stopped' || policy === 'never') return false;
  return policy === 'always' || exit.reason !== 'exited';
}

/** 1 s · 2ⁿ up to 5 minutes, less a random part of up to a quarter so that many do not start at once. `random` gives 0 to 1. */
export function restartDelayMs(restarts: number, random: () => number): number {
  return Math.round(Math.min(FIRST_DELAY_MS * 2 ** restarts, LONGEST_DELAY_MS) * (1 - random() / 4));
}

/** The state of a process that is not started again. */
export function stateAfter(exit: Exit): ProcessState {
  return exit.reason === 'stopped' || exit.reason === 'exited' ? 'exited' : 'failed';
}

/** Nothing runs and nothing will, until somebody launches it. */
export function isEndState(state: ProcessState): boolean {
  return state === 'exited' || state === 'failed' || state === 'crash-loop';
}
