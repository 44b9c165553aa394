/** What the tunnels need from outside: runs of ssh, and the texts for a person's set-up. create-tunnels.ts gives them. */
import type { TunnelInput, TunnelSetup } from '#contract/tunnel';

export type SshTunnel = Extract<TunnelInput, { direction: 'reverse' | 'forward' }>;

/** One living or ended ssh. */
export interface SshRun {
  /** Aborted when it has ended. */
  readonly gone: AbortSignal;
  /** Whether somebody asked for its end; known once it is gone. */
  readonly wasStopped: boolean;
  /** Resolves true when the other machine has let it in, also one that ended at once; false when it ended before. */
  readonly isIn: Promise<boolean>;
  readonly isVerbose: boolean;
  /** Whether it is the ssh that this tunnel would start now. */
  fits: (tunnel: SshTunnel) => boolean;
  /** Of this machine: leads to the other machine's end of a reverse tunnel. */
  readonly probePort: number | null;
  /** The last lines that it said. */
  lastLines: (count: number) => Promise<string[]>;
  /** Ends it; resolves when it is gone. */
  end: () => Promise<void>;
}

export interface SshRuns {
  /** Throws AppError when it cannot be started. */
  start: (processId: string, tunnel: SshTunnel, options: { isVerbose: boolean }) => Promise<SshRun>;
  /** The one that lives under this id, started by an earlier runner or by somebody else; null: none does. */
  adopt: (processId: string) => SshRun | null;
  /** Ids of all there are, ended ones too. */
  ids: () => string[];
  /** Removes an ended one with its log. */
  forget: (processId: string) => void;
  /** One was started by somebody else. */
  onAppear: (listener: (processId: string) => void) => () => void;
}

/** `publicKey` is the one with which the tunnel connects, null: not known. */
export type MakeSetup = (tunnel: TunnelInput, publicKey: string | null) => TunnelSetup;
