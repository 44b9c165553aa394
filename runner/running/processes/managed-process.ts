/** One process by id: its state machine over many runs. Every change of state happens here; runs are kept by shims. */
import type { Diagnosis, Exit, ProcessState } from '#contract/process';
import type { ProcessNote } from '#contract/process-note';
import { AppError, messageOf } from '../../base/errors.ts';
import { DEFAULT_LIMITS } from '../segments/segment-writer.ts';
import type { SegmentLimits } from '../segments/segment-writer.ts';
import type { RunOrder } from '../shim/protocol.ts';
import type { ProcessFiles, StoredRunState } from './process-files.ts';
import type { ProcessSpec } from './process-spec.ts';
import { waitUntilReady } from './readiness.ts';
import { HEALTHY_AFTER_MS, isEndState, shouldRestart, stateAfter } from './restart-policy.ts';
import { RestartSchedule } from './restart-schedule.ts';
import { createOrder } from './run-order.ts';
import { RunLink } from './run-link.ts';
import { startShim } from './start-shim.ts';
import type { ShimProgram } from './start-shim.ts';

/** What a process needs from outside, given by the supervisor's owner. */
export interface ProcessOutside {
  dataDir: string;
  shim: ShimProgram;
  limits?: SegmentLimits;
  random: () => number;
  /** Throws when the command cannot be run or its port is taken. */
  preflight: (spec: ProcessSpec) => Promise<void>;
  watchLines: (target: { id: string; run: number }, onText: (text: string) => void) => () => void;
  diagnose: (spec: ProcessSpec, exit: Exit) => Promise<Diagnosis | null>;
  onChange: (process: ManagedProcess) => void;
  onGrow: (id: string, end: number) => void;
}

export class ManagedProcess {
  spec: ProcessSpec;
  state: ProcessState = 'exited';
  run = 0;
  startedAt: string | null = null;
  readonly restarts = new RestartSchedule();
  exit: Exit | null = null;
  diagnosis: Diagnosis | null = null;
  note: ProcessNote | null = null;
  readonly #files: ProcessFiles;
  readonly #outside: ProcessOutside;
  #link: RunLink | null = null;
  #isStopWanted = false;
  #readiness = new AbortController();
  #readyAt: number | null = null;
  #ended = Promise.withResolvers<void>();

  constructor(spec: ProcessSpec, files: ProcessFiles, outside: ProcessOutside) {
    this.spec = spec;
    this.#files = files;
    this.#outside = outside;
  }

  get isEnded(): boolean {
    return isEndState(this.state);
  }

  /** The living run, as its members are found; null between runs. */
  get living(): { pid: number; key: string } | null {
    return this.#link === null ? null : this.#link.run;
  }

  /** Starts a run of `spec`. Throws ALREADY_RUNNING, LAUNCH_CANCELLED, or what keeps the command from running. */
  async launch(spec: ProcessSpec): Promise<{ pid: number; run: number }> {
    if (!this.isEnded && this.state !== 'backoff') {
      const doing = this.state === 'stopping' ? 'is being stopped' : `is running (${this.state})`;
      throw new AppError(
        'ALREADY_RUNNING',
        `The process "${spec.id}" ${doing}. Stop it first, or choose another id.`,
        {
          details: { id: spec.id },
        },
      );
    }
    this.restarts.cancel();
    const before = { spec: this.spec, state: this.state };
    this.#begin(spec);
    try {
      await this.#outside.preflight(spec);
      if (!this.#isStopWanted) {
        this.#files.writeSpec(spec);
        this.#files.writeWanted('running');
      }
    } catch (error) {
      this.spec = before.spec;
      this.#settle(before.state === 'backoff' ? 'failed' : before.state);
      throw error;
    }
    this.restarts.count = 0;
    return this.#startRun();
  }

  /** Ends the run and all that it started; resolves when nothing is left, with how it ended. Idempotent. */
  async stop(graceMs: number = this.spec.graceMs): Promise<Exit | null> {
    this.#files.writeWanted('stopped');
    if (this.isEnded) return this.exit;
    if (this.state === 'backoff') {
      this.restarts.cancel();
      this.#settle('exited');
      return this.exit;
    }
    this.#isStopWanted = true;
    this.#readiness.abort();
    if (this.state !== 'starting') this.#change('stopping');
    this.#link?.stop(graceMs);
    await this.#ended.promise;
    return this.exit;
  }

  /** Takes up what an earlier runner left: connects to a living run, cleans up after a lost one, applies the restart policy to one that ended unseen. */
  async adopt(state: StoredRunState): Promise<void> {
    this.run = state.run;
    this.startedAt = state.startedAt;
    const wanted = this.#files.readWanted();
    if (state.exit !== null && wanted === 'stopped') {
      this.exit = state.exit;
      return this.#settle(stateAfter(state.exit));
    }
    this.#begin(this.spec);
    this.#isStopWanted = wanted === 'stopped';
    this.#link = this.#createLink(state);
    // The runner that was asked may have died before it could pass it on.
    if (this.#isStopWanted) this.#link.stop(this.spec.graceMs);
    await this.#link.connect();
  }

  /** Lets go of the run, which goes on without this runner. */
  release(): void {
    this.restarts.cancel();
    this.#readiness.abort();
    this.#link?.release();
  }

  #begin(spec: ProcessSpec): void {
    this.spec = spec;
    this.#isStopWanted = false;
    this.#readiness = new AbortController();
    this.#readyAt = null;
    this.diagnosis = null;
    this.#ended = Promise.withResolvers<void>();
    this.#change('starting');
  }

  async #startRun(): Promise<{ pid: number; run: number }> {
    this.run += 1;
    this.exit = null;
    this.startedAt = null;
    if (this.#isStopWanted) throw this.#cancelled();
    const { order, started } = await this.#startShim();
    this.startedAt = started.startedAt;
    const stored = this.#files.readState();
    const shim = stored?.key === order.key ? stored : { shimPid: 0, shimStartTicks: null };
    const run = { ...order, ...started, shimPid: shim.shimPid, shimStartTicks: shim.shimStartTicks };
    this.#link = this.#createLink(run);
    const isCancelled = this.#isStopWanted;
    if (isCancelled) this.#link.stop(this.spec.graceMs);
    await this.#link.connect();
    if (isCancelled) {
      await this.#ended.promise;
      throw this.#cancelled();
    }
    return { pid: started.pid, run: this.run };
  }

  async #startShim(): Promise<{ order: RunOrder; started: { pid: number; startedAt: string } }> {
    const { dataDir, limits = DEFAULT_LIMITS } = this.#outside;
    try {
      const order = createOrder(this.spec, this.#files, { run: this.run, dataDir, limits });
      this.#files.writeOrder(order);
      return { order, started: await startShim(this.#outside.shim, this.#files) };
    } catch (error) {
      this.exit = { code: null, signal: null, reason: 'spawn-failed', at: new Date().toISOString() };
      this.note = uncodedNote(error);
      this.#outside.onGrow(this.spec.id, this.#files.logEnd);
      this.#files.writeWanted('stopped');
      this.#settle('failed');
      throw error;
    }
  }

  #cancelled(): AppError {
    if (this.state === 'starting') this.#settle('exited');
    return new AppError(
      'LAUNCH_CANCELLED',
      `The launch of "${this.spec.id}" was cancelled: a stop came first.`,
      {
        details: { id: this.spec.id },
      },
    );
  }

  #createLink(run: Omit<StoredRunState, 'exit'>): RunLink {
    return new RunLink(run, this.#files, {
      onConnected: (hello) => {
        this.#outside.onGrow(this.spec.id, hello.end);
        if (this.#isStopWanted || hello.isStopping) this.#change('stopping');
        else {
          this.startedAt = hello.startedAt;
          void this.#awaitReady({ pid: hello.pid, key: hello.key });
        }
      },
      onGrow: (end) => this.#outside.onGrow(this.spec.id, end),
      onExit: (exit) => this.#afterRun(exit),
    });
  }

  async #awaitReady(run: { pid: number; key: string }): Promise<void> {
    if (this.#readyAt !== null) return;
    const { ready, id } = this.spec;
    const { signal } = this.#readiness;
    if (ready !== null) {
      this.#change('loading');
      const isReady = await waitUntilReady({
        ready,
        run: { group: run.pid, key: run.key },
        signal,
        watchLines: (onText) => this.#outside.watchLines({ id, run: this.run }, onText),
        onNote: (note) => this.#setNote(note),
      });
      if (!isReady) return;
    }
    if (signal.aborted) return;
    this.#readyAt = Date.now();
    this.note = null;
    this.#change('ready');
  }

  #afterRun(exit: Exit): void {
    this.#readiness.abort();
    this.#link = null;
    this.exit = this.#isStopWanted ? { ...exit, reason: 'stopped' } : exit;
    this.note = null;
    if (this.#readyAt !== null && Date.now() - this.#readyAt >= HEALTHY_AFTER_MS) this.restarts.count = 0;
    if (!shouldRestart(this.spec.restart.policy, this.exit)) return this.#settleFor(stateAfter(this.exit));
    if (!this.restarts.plan(() => void this.#restartNow(), this.#outside.random))
      return this.#settleFor('crash-loop');
    this.#ended.resolve();
    this.#change('backoff');
    void this.#diagnose();
  }

  async #restartNow(): Promise<void> {
    this.#begin(this.spec);
    try {
      await this.#outside.preflight(this.spec);
      await this.#startRun();
    } catch (error) {
      // A launch that could not even begin is one more failed try; a stop meanwhile has settled everything.
      if (this.#isStopWanted) return this.isEnded ? undefined : this.#settle('exited');
      this.#afterRun({ code: null, signal: null, reason: 'spawn-failed', at: new Date().toISOString() });
      this.#setNote(uncodedNote(error));
    }
  }

  #settleFor(state: ProcessState): void {
    this.#files.writeWanted('stopped');
    this.#settle(state);
    void this.#diagnose();
  }

  #settle(state: ProcessState): void {
    this.#change(state);
    this.#ended.resolve();
  }

  async #diagnose(): Promise<void> {
    const { exit, run } = this;
    if (exit === null || stateAfter(exit) === 'exited') return;
    // A log that cannot be read tells nothing; that must not end the runner.
    const diagnosis = await this.#outside.diagnose(this.spec, exit).catch(() => null);
    if (diagnosis === null || this.run !== run || this.exit !== exit) return;
    this.diagnosis = diagnosis;
    this.#change(this.state);
  }

  #setNote(note: ProcessNote): void {
    if (this.note?.text === note.text) return;
    this.note = note;
    this.#change(this.state);
  }

  #change(state: ProcessState): void {
    this.state = state;
    this.#outside.onChange(this);
  }
}

function uncodedNote(error: unknown): ProcessNote {
  return { text: messageOf(error), code: null, values: {} };
}
