/** The colour of each process state, and which states are final. */
import type { ProcessState } from '#contract/process';
import type { DotTone } from '../../components/state-dot.tsx';

const TONES: Record<ProcessState, DotTone> = {
  starting: 'busy',
  loading: 'busy',
  ready: 'ok',
  stopping: 'busy',
  exited: 'idle',
  failed: 'bad',
  backoff: 'busy',
  'crash-loop': 'bad',
};

export function stateTone(state: ProcessState): DotTone {
  return TONES[state];
}

/** No process runs, and none will start without the user. */
export function isEnded(state: ProcessState): boolean {
  return state === 'exited' || state === 'failed' || state === 'crash-loop';
}
