/** What a runner and a shim say to each other, and the two files they share: `run.json` (runner → shim) and `state.json` (shim → runner). */
import type { SegmentLimits } from '../segments/segment-writer.ts';

/** Everything a shim needs for one run. Written 0600: `env` may hold secrets. */
export interface RunOrder {
  id: string;
  run: number;
  key: string;
  cmd: string;
  args: string[];
  cwd: string;
  env: Record<string, string>;
  shell: boolean;
  stdin: 'ignore' | 'pipe';
  /** The command as one line with secrets masked, for the log. */
  display: string;
  logDir: string;
  limits: SegmentLimits;
  stateFile: string;
  socketPath: string;
  /** Milliseconds after the first TERM for a second one; null for one only. llama-server with an open stream ignores the first. */
  termAgainAfterMs: number | null;
}

export interface RunExit {
  code: number | null;
  signal: string | null;
  reason: 'stopped' | 'exited' | 'crashed' | 'spawn-failed' | 'shim-lost';
  at: string;
}

export interface RunState {
  id: string;
  run: number;
  key: string;
  shimPid: number;
  /** Start time of the shim in clock ticks since boot, null where it cannot be told: a pid alone may have been given away. */
  shimStartTicks: number | null;
  pid: number;
  startedAt: string;
  socketPath: string;
  exit: RunExit | null;
  /** Lines that the full disk did not take, and no gap record tells of: the next run's keeper writes it. */
  untoldLines?: number;
}

export type ToShim = { type: 'stop'; graceMs: number };

export type FromShim =
  | {
      type: 'hello';
      key: string;
      run: number;
      pid: number;
      startedAt: string;
      end: number;
      isStopping: boolean;
      exit: RunExit | null;
    }
  | { type: 'log'; end: number }
  | { type: 'exit'; exit: RunExit };

/** The shim's one line on stdout once it knows whether the child runs. `code`: the system's, or STORAGE for a log or socket that cannot be made. */
export type Handshake =
  | { ok: true; pid: number; startedAt: string }
  | { ok: false; code: string; message: string };

/** Splits a byte stream into JSON messages, one a line. */
export function createMessageReader<Message extends object>(
  onMessage: (message: Message) => void,
): (chunk: Buffer) => void {
  let held = '';
  return (chunk) => {
    const parts = (held + chunk.toString('utf8')).split('\n');
    held = parts.pop() ?? '';
    for (const part of parts) if (part !== '') onMessage(JSON.parse(part) as Message);
  };
}
