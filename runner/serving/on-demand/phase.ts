/** What the state of a process means for the room it takes. */
import type { ProcessState } from '#contract/process';

export type Phase = 'ended' | 'loading' | 'ready' | 'stopping';

/** One that is about to be started again counts as loading: it takes its room back by itself. */
export function phaseOf(state: ProcessState | undefined): Phase {
  switch (state) {
    case 'starting':
    case 'loading':
    case 'backoff':
      return 'loading';
    case 'ready':
    case 'stopping':
      return state;
    case 'exited':
    case 'failed':
    case 'crash-loop':
    case undefined:
      return 'ended';
  }
}
