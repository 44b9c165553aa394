/** The runner's hold on one living run: through its shim while that lives, by cleaning up after it when it was killed. Reports the end exactly once. */
import { rmSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import type { Exit } from '#contract/process';
import { hasProcessTable, readProcess } from '../os/process-table.ts';
import { trySignal } from '../os/run-members.ts';
import { SegmentWriter } from '../segments/segment-writer.ts';
import { endMembers } from '../shim/end-members.ts';
import type { ProcessFiles, StoredRunState } from './process-files.ts';
import { connectShim } from './shim-client.ts';
import type { ShimClient, ShimHello } from './shim-client.ts';

const CONNECT_TRIES = 10;
const CONNECT_PAUSE_MS = 100;

export interface RunReports {
  onConnected: (hello: ShimHello) => void;
  onGrow: (end: number) => void;
  onExit: (exit: Exit) => void;
}

export class RunLink {
  run: Omit<StoredRunState, 'exit'>;
  readonly #files: ProcessFiles;
  readonly #reports: RunReports;
  #client: ShimClient | null = null;
  #graceMs: number | null = null;
  #isOver = false;

  constructor(run: Omit<StoredRunState, 'exit'>, files: ProcessFiles, reports: RunReports) {
    this.run = run;
    this.#files = files;
    this.#reports = reports;
  }

  /** Connects to the shim; where there is none any more the run's end is reported instead. */
  async connect(): Promise<void> {
    for (let tries = 0; tries < CONNECT_TRIES && !this.#isOver; tries += 1) {
      const stored = this.#files.readState();
      if (stored !== null && stored.key === this.run.key && stored.exit !== null)
        return this.#end(stored.exit);
      if (await this.#tryConnect()) return;
      if (!this.#isShimAlive()) break;
      await pause(CONNECT_PAUSE_MS);
    }
    if (!this.#isOver) await this.#cleanUpAfterShim();
  }

  /** Asks the shim to end the run; remembered and asked again when the connection comes later. */
  stop(graceMs: number): void {
    this.#graceMs = Math.min(this.#graceMs ?? graceMs, graceMs);
    this.#client?.send({ type: 'stop', graceMs });
  }

  /** Lets go: the run lives on with its shim. */
  release(): void {
    this.#isOver = true;
    this.#client?.close();
  }

  async #tryConnect(): Promise<boolean> {
    const client = await connectShim(this.run, {
      onGrow: (end) => this.#reports.onGrow(end),
      onExit: (exit) => this.#end(exit),
      onLost: () => {
        this.#client = null;
        if (!this.#isOver) void this.connect();
      },
    });
    if (client === null) return false;
    if (this.#isOver) {
      client.close();
      return true;
    }
    this.#client = client;
    this.run = { ...this.run, pid: client.hello.pid, startedAt: client.hello.startedAt };
    if (client.hello.exit !== null) this.#end(client.hello.exit);
    else {
      this.#reports.onConnected(client.hello);
      if (this.#graceMs !== null) this.stop(this.#graceMs);
    }
    return true;
  }

  #isShimAlive(): boolean {
    // Not told yet: the shim may be about to come up.
    if (this.run.shimPid === 0) return true;
    if (!hasProcessTable) return trySignal(this.run.shimPid, 0);
    const row = readProcess(this.run.shimPid);
    return (
      row !== null &&
      !row.isZombie &&
      (this.run.shimStartTicks === null || row.startTicks === this.run.shimStartTicks)
    );
  }

  /** No shim answers: nobody reads the child's output or would notice its end, so whatever is left of the run is ended, and the log says so. */
  async #cleanUpAfterShim(): Promise<void> {
    if (this.run.shimPid > 1 && this.#isShimAlive()) trySignal(this.run.shimPid, 'SIGKILL');
    await endMembers(
      { group: this.run.pid, key: this.run.key },
      { graceMs: () => this.#graceMs ?? 2_000, termAgainAfterMs: null },
    );
    if (this.#isOver) return;
    if (process.platform !== 'win32') rmSync(this.run.socketPath, { force: true });
    const reason = this.#graceMs === null ? 'shim-lost' : 'stopped';
    const exit: Exit = { code: null, signal: null, reason, at: new Date().toISOString() };
    const writer = new SegmentWriter(this.#files.logDir);
    try {
      writer.open();
      writer.record({ event: 'ended', run: this.run.run, code: null, signal: null, reason });
      writer.close();
      this.#files.writeState({ ...this.run, exit });
    } catch {
      // A full disk must not keep the process from ending in the list; the next start of the runner finds the same and tries again.
    }
    this.#end(exit);
  }

  #end(exit: Exit): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#client?.close();
    // A run that was over before we had its shim's ear: its last lines have not been told.
    this.#reports.onGrow(this.#files.logEnd);
    this.#reports.onExit(exit);
  }
}
