/** What launching on demand asks of processes and endpoints; the composition root passes them in. */
import type { LoadProblem } from '#contract/load-problem';
import type { ProcessState } from '#contract/process';
import type { OnDemandSettings } from '#contract/profile';

/** A saved profile that requests launch. */
export interface OnDemandModel {
  /** Of its endpoint and its process. */
  id: string;
  profileId: string;
  profileName: string;
  model: string | null;
  settings: OnDemandSettings;
  /** The setting or the estimate; null: neither. */
  memoryMb: number | null;
  /** Another one: what is launched has changed, so an earlier failure says nothing. */
  version: string;
}

export interface ProcessesPort {
  /** `wasStopped`: an ended one ended because it was told to. Null: there is no such process. */
  get: (id: string) => { state: ProcessState; wasStopped: boolean } | null;
  /** Resolves when its process runs; it may be loading yet. Rejects with a LaunchFailure, or anything once `signal` was aborted. */
  launch: (id: string, signal: AbortSignal) => Promise<void>;
  /** Resolves when nothing of it is left, also where there was nothing. */
  stop: (id: string) => Promise<void>;
  /** Why it ended, as far as that is known. Never rejects. */
  whyEnded: (id: string) => Promise<LoadProblem | null>;
  /** The process with that id has changed, or is gone. */
  onChange: (listener: (id: string) => void) => () => void;
}

export interface EndpointsPort {
  /** Requests that its server was working on when it was looked at last. */
  busySlots: (id: string) => number;
  /** Looks now: requests that its server is working on, 0 where it does not tell. Never rejects. */
  check: (id: string) => Promise<number>;
  /** Something about some endpoint has changed. */
  onChange: (listener: () => void) => () => void;
}

/** "running": somebody else launched it meanwhile. "stopped": somebody stopped it. The problem is for remote clients, too. */
export class LaunchFailure extends Error {
  readonly kind: 'running' | 'stopped' | 'failed';

  readonly problem: LoadProblem | null;

  constructor(kind: LaunchFailure['kind'], problem: LoadProblem | null, options?: ErrorOptions) {
    super(problem?.problem ?? kind, options);
    this.name = 'LaunchFailure';
    this.kind = kind;
    this.problem = problem;
  }
}
